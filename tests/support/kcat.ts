import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { commandExists, hasKafka, requirement } from '@odst/testing';

const run = promisify(execFile);

/** A record as another client than ours reads it. */
export type ReadRecord = {
  readonly key: string;
  /** Names and values. */
  readonly headers: Readonly<Record<string, string>>;
  readonly partition: number;
  readonly value: string;
};

/** Whether this machine has kcat and a broker for it. */
export async function hasKcat(): Promise<boolean> {
  return (await hasKafka()) && requirement('kcat', () => commandExists('kcat'));
}

/** Names of the topics that begin with a prefix. */
export async function topicsOf(brokers: string, prefix: string): Promise<readonly string[]> {
  const { stdout } = await run('kcat', ['-L', '-J', '-b', brokers]);
  const { topics } = JSON.parse(stdout) as { readonly topics: readonly { readonly topic: string }[] };
  return topics.map(({ topic }) => topic).filter((topic) => topic.startsWith(`${prefix}.`));
}

/** All committed records of a topic, by kcat (librdkafka). */
export async function readTopic(brokers: string, topic: string): Promise<readonly ReadRecord[]> {
  const from = ['-C', '-e', '-q', '-b', brokers, '-t', topic, '-o', 'beginning'];
  const args = [...from, '-X', 'isolation.level=read_committed', '-f', '%k\\t%h\\t%p\\t%s\\n'];
  const { stdout } = await run('kcat', args, { maxBuffer: 64 * 1_048_576 });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [key = '', headers = '', partition = '', ...value] = line.split('\t');
      const pairs = headers.split(',').map((header) => header.split('='));
      return {
        key,
        headers: Object.fromEntries(pairs.map(([name, ...rest]) => [name, rest.join('=')])),
        partition: Number(partition),
        value: value.join('\t'),
      };
    });
}
