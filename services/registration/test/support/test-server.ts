import { type Backbone, openBackbone, provisionService } from '@odst/backbone';
import { EventsServiceService } from '@odst/contracts/common';
import {
  AccessServiceService,
  PeersServiceService,
  ServerServiceService,
  TrustServiceService,
} from '@odst/contracts/registration';
import { connectService, type ServiceConnection, type ServiceName, serviceToken } from '@odst/grpc';
import type { Caller, Clock } from '@odst/kernel';
import { createSilentLogger, type Logger } from '@odst/telemetry';
import { createTestDatabase } from '@odst/testing';
import { registrationDefinition } from '../../src/index.ts';
import { type RegistrationDeps, type RunningRegistration, startRegistration } from '../../src/service.ts';
import { startFederationFront } from './federation-front.ts';

const internalToken = 'a token that the processes of one server share';

/** An admin who calls. */
export const adminCaller: Caller = {
  actor: 'account:admin',
  remoteAddress: '192.0.2.1',
  correlationId: 'c',
  causationId: '',
  traceparent: '',
};

export type TestServerOptions = Partial<
  Pick<RegistrationDeps, 'name' | 'stage' | 'publicUrl' | 'adminPassword' | 'firewalledMode'>
> & {
  readonly clock?: Clock;
  readonly logger?: Logger;
};

export type TestServer = Awaited<ReturnType<typeof startTestServer>>;

/** A registration service on a database of its own, behind real gRPC and a real HTTP listener. */
export async function startTestServer(options: TestServerOptions = {}) {
  const { clock = { now: () => new Date() }, logger = createSilentLogger(), ...settings } = options;
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const { url } = await provisionService({
    adminUrl: database.url,
    service: 'registration',
    migrations: registrationDefinition.migrations,
    logger,
  });
  let current: { readonly stack: AsyncDisposableStack; readonly service: RunningRegistration; readonly backbone: Backbone };
  let connections = new DisposableStack();
  const connectTo = (address: string, caller: ServiceName): ServiceConnection =>
    connections.use(connectService({ address, target: 'registration', token: serviceToken(internalToken, caller) }));
  const connectAs = (caller: ServiceName): ServiceConnection => connectTo(current.service.address, caller);
  let toGateway: ServiceConnection;
  const front = stack.use(await startFederationFront(() => toGateway));

  const start = async (changes: Partial<RegistrationDeps> = {}) => {
    await using starting = new AsyncDisposableStack();
    const backbone = starting.use(await openBackbone({ databaseUrl: url, service: 'registration', clock, logger }));
    const service = starting.use(
      await startRegistration({
        ...backbone,
        schema: 'registration',
        address: '127.0.0.1:0',
        internalToken,
        databaseKeys: [Buffer.alloc(32, 7)],
        name: 'A',
        stage: 'Prod',
        publicUrl: front.url,
        clock,
        logger,
        ...settings,
        ...changes,
      }),
    );
    starting.use(backbone.startRelay(service.iss));
    current = { stack: starting.move(), service, backbone };
    connections = new DisposableStack();
    toGateway = connectAs('gateway');
    front.fault = 'none';
  };
  const stop = async () => {
    front.fault = 'drop-request';
    connections.dispose();
    await current.stack.disposeAsync();
  };
  await start();
  stack.defer(stop);

  const running = stack.move();
  return {
    front,
    stop,
    start,
    pool: database.pool,
    iss: () => current.service.iss,
    backbone: () => current.backbone,
    connectAs,
    connectTo,
    server: () => toGateway.client(ServerServiceService),
    peers: () => toGateway.client(PeersServiceService),
    access: () => toGateway.client(AccessServiceService),
    trust: () => connectAs('sync').client(TrustServiceService),
    events: () => toGateway.client(EventsServiceService),
    /** What an admin copies from this server's page. */
    async invitation() {
      const { key } = await toGateway.client(ServerServiceService).getInvitation({});
      return { url: front.url, issId: current.service.iss, key };
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
