import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { eventually, freePort, isFreePort } from '@odst/test-kit';
import { type BrokerSettings, brokerSettings, propertiesOf } from './broker-settings.ts';

/** How to start a broker. */
export type BrokerOptions = {
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

/** A broker's folder, made ready. */
export type BrokerFolder = {
  readonly port: number;
  /** Arguments of Java behind the class path: what formats the data, undefined where they are, and what runs the broker. */
  readonly format: readonly string[] | undefined;
  readonly serve: readonly string[];
};

/** Writes the settings of a broker into its folder. @throws Error when the port is not free: whoever connects would reach another */
export async function prepareBroker(options: BrokerOptions): Promise<BrokerFolder> {
  const { folder, settings = (ours) => ours, login } = options;
  const port = options.port ?? (await freePort());
  if (options.port !== undefined && !(await isFreePort(port))) {
    throw new Error(`another program, perhaps another broker, has port ${port} of 127.0.0.1, or it takes a right to have it`);
  }
  const properties = join(folder, 'server.properties');
  const dataDir = join(folder, 'data');
  await mkdir(folder, { recursive: true });
  const place = { port, controllerPort: await freePort(), dataDir };
  await writeFile(properties, propertiesOf(settings(brokerSettings(place))));
  const clusterId = randomBytes(16).toString('base64url');
  const scram = login === undefined ? [] : ['--add-scram', `SCRAM-SHA-512=[name=${login.username},password=${login.password}]`];
  const format = ['kafka.tools.StorageTool', 'format', `--cluster-id=${clusterId}`, '-c', properties, ...scram];
  return { port, format: (await isFormatted(dataDir)) ? undefined : format, serve: ['kafka.Kafka', properties] };
}

/** Arguments of Java before those of a {@link BrokerFolder}. @param libs folder of the jars */
export const javaArguments = (libs: string): readonly string[] => ['-Xmx512m', '-XX:+UseSerialGC', '-cp', join(libs, '*')];

/** Waits until a broker takes connections: once it has joined its cluster and loaded its logs. */
export async function untilItAccepts(port: number): Promise<void> {
  await eventually(() => accepts(port), 180_000);
}

async function isFormatted(dataDir: string): Promise<boolean> {
  return access(join(dataDir, 'meta.properties')).then(
    () => true,
    () => false,
  );
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } finally {
    socket.destroy();
  }
}
