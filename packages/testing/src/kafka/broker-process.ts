import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
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

  let child: ChildProcess;
  const start = async (): Promise<void> => {
    const log = await open(join(folder, 'broker.log'), 'a');
    child = spawn('java', [...java, ...serve], { stdio: ['ignore', log.fd, log.fd] });
    await log.close();
    const ended = once(child, 'exit').then(async () => {
      throw new Error(`Kafka ended at its start:\n${await readFile(join(folder, 'broker.log'), 'utf8')}`);
    });
    await Promise.race([ended, untilItAccepts(port)]);
    ended.catch(() => undefined);
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
