import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { reasonIn } from './broker-reason.ts';
import type { KafkaBroker } from './kafka-broker.ts';
import { type BrokerOptions, javaArguments, prepareBroker, untilItAccepts } from './prepare-broker.ts';

const run = promisify(execFile);

/**
 * Starts Apache Kafka as a process of this machine, broker and controller in one, and waits until it takes connections.
 * @param libs folder of the jars
 */
export async function startBrokerProcess(libs: string, options: BrokerOptions): Promise<KafkaBroker> {
  const { folder, outlives = false } = options;
  const { port, format, serve } = await prepareBroker(options);
  const java = javaArguments(libs);
  if (format !== undefined) await run('java', [...java, ...format]);

  const logFile = join(folder, 'broker.log');
  let child: ChildProcess;
  let ended: Promise<string>;
  const start = async (): Promise<void> => {
    const log = await open(logFile, 'a');
    const { size } = await log.stat();
    child = spawn('java', [...java, ...serve], { stdio: ['ignore', log.fd, log.fd] });
    await log.close();
    ended = once(child, 'exit').then(async ([code, signal]) => {
      const said = (await readFile(logFile)).subarray(size).toString();
      return reasonIn(said) ?? `it ended with ${signal ?? code}, and ${logFile} does not say why`;
    });
    const failed = ended.then((reason) => {
      throw new Error(`Kafka did not start: ${reason}`);
    });
    await Promise.race([failed, untilItAccepts(port)]);
    failed.catch(() => undefined);
    if (outlives) child.unref();
  };
  const signal = async (name: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(name);
    await exited;
  };
  await start();
  return {
    brokers: `127.0.0.1:${port}`,
    get runsAs() {
      return { pid: child.pid ?? 0 };
    },
    get ended() {
      return ended;
    },
    kill: () => signal('SIGKILL'),
    restart: start,
    freeze: async () => void child.kill('SIGSTOP'),
    thaw: async () => void child.kill('SIGCONT'),
    async [Symbol.asyncDispose]() {
      child.kill('SIGCONT');
      await signal('SIGTERM');
    },
  };
}
