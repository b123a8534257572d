import { EventsServiceService } from '@odst/contracts/common';
import { ServerServiceService } from '@odst/contracts/registration';
import { startStandIn } from '@odst/event-store-eventstoredb/stand-in';
import { serve, startGrpcServer } from '@odst/grpc';
import { OdstError } from '@odst/kernel';
import { createHost, type Environment, type Host } from '@odst/service-host';
import { createSilentLogger } from '@odst/telemetry';
import { createTestDatabase, eventually, freePort } from '@odst/testing';
import { expect, test } from 'vitest';
import { readServiceSettings, type ServiceDefinition, startServiceProcess } from '../src/index.ts';

const internalToken = 'a secret that all processes of a test share';
const logger = createSilentLogger();

const idle: AsyncDisposable = { [Symbol.asyncDispose]: () => Promise.resolve() };
const idleCatalog: ServiceDefinition = {
  name: 'catalog',
  publishes: true,
  migrations: [],
  needs: [],
  isReadyWithNeeds: false,
  settings: {},
  routesPort: undefined,
  listens: false,
  start: async () => idle,
};

/** Starts a service as `runService` does, without a process of its own. Disposing stops it. */
function startIn(definition: ServiceDefinition, environment: Environment) {
  const host = createHost({ logger });
  const started = startServiceProcess(definition, {
    settings: readServiceSettings([definition], environment),
    logger,
    logFormat: 'json',
    host,
  });
  started.catch(() => undefined);
  return { host, started, [Symbol.asyncDispose]: () => host.stop('the test is over') };
}

/** Settings of a process, and where registration is to be. */
async function settings(databaseUrl: string) {
  const [grpc, health, registration] = [await freePort(), await freePort(), await freePort()];
  return {
    DATABASE_URL: databaseUrl,
    ODST_INTERNAL_TOKEN: internalToken,
    ODST_GRPC_PORT: `${grpc}`,
    ODST_HEALTH_PORT: `${health}`,
    REGISTRATION_ADDRESS: `127.0.0.1:${registration}`,
  };
}

/** A registration that knows the server's identity, and has no events. */
function startRegistration(address: string) {
  const unplayed = async () => {
    throw new OdstError('COMMON_SERVICE_UNAVAILABLE', 'not played in this test');
  };
  const server = {
    iss: '0f'.repeat(16),
    name: '',
    url: '',
    stage: 'Prod',
    firewalledMode: false,
    publicKey: new Uint8Array(32),
    policy: { deletions: 'follow', trashDays: 30 },
    version: 1n,
  };
  const identity = serve(ServerServiceService, {
    getServer: async () => ({ server }),
    getInvitation: unplayed,
    updateSettings: unplayed,
    checkUrl: unplayed,
    listServers: unplayed,
    renewIdentity: unplayed,
    rotateInvitation: unplayed,
  });
  const events = serve(EventsServiceService, {
    async *readEvents() {
      yield* [];
    },
  });
  return startGrpcServer({ address, services: [identity, events], internalToken, logger });
}

const readyz = async (port: string) => {
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
  return [answer.status, await answer.text()];
};

const stateOf = (host: Host, part: string) => host.readiness.snapshot()[part]?.ok;

test.each(['DATABASE_URL', 'ODST_INTERNAL_TOKEN'])('says in one line that %s is missing', async (missing) => {
  const complete = await settings('postgres://nobody@127.0.0.1:1/none');
  await using process = startIn(idleCatalog, { ...complete, [missing]: '' });
  await expect(process.started).rejects.toThrow(
    `${missing} is missing: a service that runs by itself needs it; example: ${missing}=`,
  );
});

test('works as a role of its own, and is ready when registration has told the identity of the server', async () => {
  await using database = await createTestDatabase();
  const environment = await settings(database.url);
  let role: string | undefined;
  const definition: ServiceDefinition = {
    ...idleCatalog,
    async start({ pool }) {
      role = (await pool.query<{ role: string }>('select current_user as role')).rows[0]?.role;
      return idle;
    },
  };
  await using process = startIn(definition, environment);
  await eventually(() => stateOf(process.host, 'database') === true && stateOf(process.host, 'identity') === false);
  expect(role).toBe(`${database.name}_catalog`);
  expect((await readyz(environment.ODST_HEALTH_PORT))[0]).toBe(503);
  await using _registration = await startRegistration(environment.REGISTRATION_ADDRESS);
  await process.started;
  expect(await readyz(environment.ODST_HEALTH_PORT)).toEqual([200, 'ok database\nok identity\n']);
  const page = await (await fetch(`http://127.0.0.1:${environment.ODST_HEALTH_PORT}/metrics`)).text();
  expect(page).toContain('\nodst_dead_letters{service="catalog"} 0\n');
  expect(page).toContain('\nodst_relay_oldest_age_seconds{service="catalog"} 0\n');
});

test('with its events in EventStoreDB is ready only while that answers (a stand-in, not EventStoreDB itself)', async () => {
  await using database = await createTestDatabase();
  await using standIn = await startStandIn();
  const environment = { ...(await settings(database.url)), EVENTSTORE_URL: standIn.url };
  await using process = startIn(idleCatalog, environment);
  await using _registration = await startRegistration(environment.REGISTRATION_ADDRESS);
  await process.started;
  await eventually(() => stateOf(process.host, 'event store'));
  expect(standIn.database.stream('odst-catalog')).toHaveLength(1);
  standIn.stop();
  await eventually(() => stateOf(process.host, 'event store') === false);
  await standIn.start();
  await eventually(() => stateOf(process.host, 'event store'));
});

test('is not ready without the services that it needs, and becomes so by itself', async () => {
  await using database = await createTestDatabase();
  const environment = await settings(database.url);
  const gateway: ServiceDefinition = {
    ...idleCatalog,
    name: 'gateway',
    publishes: false,
    needs: ['registration'],
    isReadyWithNeeds: true,
  };
  await using process = startIn(gateway, environment);
  await process.started;
  await eventually(() => stateOf(process.host, 'database'));
  await eventually(() => stateOf(process.host, 'registration') === false);
  const registration = await startRegistration(environment.REGISTRATION_ADDRESS);
  await eventually(() => stateOf(process.host, 'registration'));
  await registration[Symbol.asyncDispose]();
  await eventually(() => stateOf(process.host, 'registration') === false);
});
