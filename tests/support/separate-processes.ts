import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { calledServices, type ServiceName, services } from '@odst/contracts/services';
import { createTestDatabase, eventually, freePort } from '@odst/testing';
import { adminClient } from './admin-client.ts';
import { checkFeedAtStop } from './check-feed.ts';
import { nodeProgram, type Program, startProgram } from './program.ts';
import { startReverseProxy } from './reverse-proxy.ts';
import type { Server, ServerOptions } from './server-process.ts';

/** One of the processes of a server. */
export type Service = ServiceName;

/** All of them, in any order of start. */
export const serviceNames: readonly Service[] = services.map(({ name }) => name);

/** A server whose services are processes of their own, behind nginx. As it stops its events are held to the AsyncAPI document. */
export type SeparateServer = Server & {
  /** URL of its database as the database's owner. */
  readonly databaseUrl: string;
  /** The secret that its processes share. */
  readonly internalToken: string;
  /** Where a service serves gRPC. */
  grpcAddressOf(service: Service): string;
  /** Where a service answers for its health and metrics. */
  healthUrlOf(service: Service): string;
  /** SIGKILL to one process, which stays away until it is started again. */
  killService(service: Service): Promise<void>;
  /** Starts a killed one and waits until it is ready. */
  startService(service: Service): Promise<void>;
};

const startLimitMs = 180_000;
const adminPassword = 'separate-processes';

/** Starts all processes at once, as an init system would, on a database of their own, and waits until each is ready. */
export async function startSeparateServer(options: Omit<ServerOptions, 'main'>): Promise<SeparateServer> {
  const { dataDir, port } = options;
  await mkdir(dataDir, { recursive: true });
  const ports = await freePorts();
  const internalToken = randomBytes(32).toString('base64');
  const running = new Map<string, Program>();
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const shared = sharedSettings(options, ports, { DATABASE_URL: database.url, ODST_INTERNAL_TOKEN: internalToken });
  stack.defer(() => stopAll(running));
  const log = () => [...running].map(([name, program]) => `--- ${name}\n${program.output()}${program.log()}`).join('\n');

  const startOne = (service: Service) => {
    const folder = service === 'gateway' ? 'gateway' : `services/${service}`;
    const env = { ...shared, ODST_GRPC_PORT: `${ports[service].grpc}`, ODST_HEALTH_PORT: `${ports[service].health}` };
    running.set(
      service,
      startProgram({ ...nodeProgram(`${folder}/src/main.js`), env, logFile: join(dataDir, `${service}.log`) }),
    );
  };
  const untilReady = async (service: Service) => {
    const program = running.get(service);
    const ended = program?.exited.then((code) => Promise.reject(new Error(`it ended with ${code}`)));
    const ready = eventually(() => isReady(ports[service].health), startLimitMs);
    await Promise.race([ready, ended]).catch((cause) => {
      throw new Error(`${service} is not ready:\n${log()}`, { cause });
    });
  };

  for (const service of serviceNames) startOne(service);
  const secure = options.env?.['ODST_TLS_CERT'] !== undefined;
  const proxy = {
    folder: join(dataDir, 'nginx'),
    port,
    gatewayPort: ports.gateway.http,
    dataPlanePort: ports.storage.http,
    secure,
  };
  running.set('nginx', await startReverseProxy(proxy));
  await Promise.all(serviceNames.map(untilReady));
  const url = `http://127.0.0.1:${port}`;
  await eventually(async () => (await fetch(`${url}/readyz`)).ok, 60_000);
  const admin = adminClient(url, shared.ODST_ADMIN_PASSWORD);
  // The last to be added, so the first that is done: while all run.
  stack.defer(() => checkFeedAtStop({ url, admin }));
  const started = stack.move();
  return {
    url,
    port,
    dataDir,
    databaseUrl: database.url,
    internalToken,
    admin,
    log,
    grpcAddressOf: (service) => `127.0.0.1:${ports[service].grpc}`,
    healthUrlOf: (service) => `http://127.0.0.1:${ports[service].health}`,
    async killService(service) {
      await running.get(service)?.kill();
    },
    async startService(service) {
      startOne(service);
      await untilReady(service);
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

type Ports = Readonly<Record<Service, { readonly grpc: number; readonly health: number; readonly http: number }>>;

async function freePorts(): Promise<Ports> {
  const free = new Set<number>();
  while (free.size < 3 * serviceNames.length) free.add(await freePort());
  const ports = free.values();
  const next = () => ports.next().value as number;
  return Object.fromEntries(serviceNames.map((service) => [service, { grpc: next(), health: next(), http: next() }])) as Ports;
}

function sharedSettings(
  { dataDir, port, env }: ServerOptions,
  ports: Ports,
  made: { DATABASE_URL: string; ODST_INTERNAL_TOKEN: string },
) {
  const addressOf = (service: Service) => `127.0.0.1:${ports[service].grpc}`;
  return {
    ...made,
    DATABASE_KEY: randomBytes(32).toString('base64'),
    ODST_HOST: '127.0.0.1',
    ODST_PORT: `${ports.gateway.http}`,
    ODST_DATA_PLANE_PORT: `${ports.storage.http}`,
    ODST_DATA_DIR: dataDir,
    ODST_PUBLIC_URL: `http://127.0.0.1:${port}`,
    ODST_TRUSTED_PROXIES: '127.0.0.1',
    ODST_ADMIN_PASSWORD: adminPassword,
    ...Object.fromEntries(calledServices.map((service) => [`${service.toUpperCase()}_ADDRESS`, addressOf(service)])),
    ...env,
  };
}

async function isReady(healthPort: number): Promise<boolean> {
  return (await fetch(`http://127.0.0.1:${healthPort}/readyz`)).ok;
}

/** Each has to end by itself, and without a complaint. */
async function stopAll(running: ReadonlyMap<string, Program>): Promise<void> {
  const ended = [...running].map(async ([name, program]) => {
    const code = await program.stop();
    if (code !== 0 && program.process.signalCode !== 'SIGKILL') throw new Error(`${name} ended with ${code}:\n${program.log()}`);
  });
  await Promise.all(ended);
}
