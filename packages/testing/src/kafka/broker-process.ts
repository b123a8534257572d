import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { access, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '../eventually.ts';
import { freePort } from '../free-port.ts';
import { type BrokerSettings, brokerSettings, propertiesOf } from './broker-settings.ts';
import type { KafkaBroker } from './kafka-broker.ts';

const run = promisify(execFile);
const startLimitMs = 60_000;

/** Of {@link startBrokerProcess}. */
export type BrokerProcessOptions = {
  /** Folder of the jars. */
  readonly libs: string;
  /** Kept between starts; the log `broker.log` lies in it. */
  readonly folder: string;
  /** Default: any free one. */
  readonly port?: number | undefined;
  /** Changes our settings. Default: they stay. */
  readonly settings?: ((ours: BrokerSettings) => BrokerSettings) | undefined;
  /** Login by SCRAM-SHA-512 that the cluster knows from its beginning. Default none. */
  readonly login?: { readonly username: string; readonly password: string } | undefined;
  /** Whether it may outlive this process, which then need not wait for it. Default false. */
  readonly outlives?: boolean | undefined;
};

/** Starts Apache Kafka as a process of this machine, broker and controller in one, and waits until it takes connections. */
export async function startBrokerProcess(options: BrokerProcessOptions): Promise<KafkaBroker & { readonly pid: number }> {
  const { libs, folder, settings = (ours) => ours, login, outlives = false } = options;
  const port = options.port ?? (await freePort());
  const properties = join(folder, 'server.properties');
  const dataDir = join(folder, 'data');
  const java = ['-Xmx512m', '-XX:+UseSerialGC', '-cp', join(libs, '*')];
  await mkdir(folder, { recursive: true });
  const place = { port, controllerPort: await freePort(), dataDir };
  await writeFile(properties, propertiesOf(settings(brokerSettings(place))));
  if (!(await isFormatted(dataDir))) {
    const clusterId = randomBytes(16).toString('base64url');
    const scram = login === undefined ? [] : ['--add-scram', `SCRAM-SHA-512=[name=${login.username},password=${login.password}]`];
    await run('java', [...java, 'kafka.tools.StorageTool', 'format', `--cluster-id=${clusterId}`, '-c', properties, ...scram]);
  }

  let child: ChildProcess;
  const start = async (): Promise<void> => {
    const log = await open(join(folder, 'broker.log'), 'a');
    child = spawn('java', [...java, 'kafka.Kafka', properties], { stdio: ['ignore', log.fd, log.fd] });
    await log.close();
    const ended = once(child, 'exit').then(async () => {
      throw new Error(`Kafka ended at its start:\n${await readFile(join(folder, 'broker.log'), 'utf8')}`);
    });
    await Promise.race([ended, eventually(() => accepts(port), startLimitMs)]);
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
    get pid() {
      return child.pid ?? 0;
    },
    kill: () => signal('SIGKILL'),
    restart: start,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async [Symbol.asyncDispose]() {
      child.kill('SIGCONT');
      await signal('SIGTERM');
    },
  };
}

async function isFormatted(dataDir: string): Promise<boolean> {
  return access(join(dataDir, 'meta.properties')).then(
    () => true,
    () => false,
  );
}

/** The listener opens once the broker has joined its cluster and loaded its logs. */
async function accepts(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } finally {
    socket.destroy();
  }
}
