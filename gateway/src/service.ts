import { startPeriodic, warnWith } from '@odst/async';
import { localDeadLetters } from '@odst/backbone';
import { publishingServices } from '@odst/contracts/services';
import type { DeadLetterDesks, DeadLetters, EventBus } from '@odst/event-bus';
import type { ServiceConnection, ServiceName } from '@odst/grpc';
import { createAuthorizer, type HttpRoutes, listen } from '@odst/http';
import type { Clock } from '@odst/kernel';
import type { Listener } from '@odst/postgres';
import { createSecretBox, openSecretStore } from '@odst/secrets';
import type { ListenerTls, ReadinessSnapshot } from '@odst/service-host';
import type { Logger, Metrics } from '@odst/telemetry';
import type { Pool } from 'pg';
import { buildGateway } from './app.ts';
import { createClients } from './clients.ts';
import { createEventFeed } from './events-feed/postgres-event-feed.ts';
import { createIdempotentRequests, sealAnew } from './idempotency/pg-idempotent-requests.ts';
import { measure } from './system/measure.ts';
import { createSystemSamples } from './system/pg-system-samples.ts';

/** What the gateway runs on. */
export type GatewayDeps = {
  /** Connections of the gateway's own database role. */
  readonly pool: Pool;
  /** Its schema. */
  readonly schema: string;
  /** DATABASE_KEY: 32 bytes each, the newest first. Secrets. */
  readonly databaseKeys: readonly Uint8Array[];
  /** Where the process hears of other gateways. Default a connection of its own */
  readonly listener?: Listener;
  readonly bus: EventBus;
  /** What consumers of the gateway set aside. */
  readonly deadLetters: DeadLetters;
  readonly desks: DeadLetterDesks;
  readonly connect: (service: ServiceName) => ServiceConnection;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly readiness: () => ReadinessSnapshot;
  /** Whether the server is meant for its own machine alone. */
  readonly localOnly: boolean;
  /** Addresses and networks of the proxies whose forwarding headers count. Default none */
  readonly trustedProxies?: readonly string[];
  /** Routes of the services that share this listener, as storage's byte routes. Default none */
  readonly routes?: readonly HttpRoutes[];
  /** What the listener speaks TLS with. Default plain http */
  readonly tls?: ListenerTls | undefined;
};

/** A gateway that serves. */
export type RunningGateway = AsyncDisposable & {
  /** Base URL of the listener. */
  readonly url: string;
};

/** Between two removals of answers that are kept no longer. */
const sweepEveryMs = 600_000;

/** Between two measurements of how the server fares. */
const sampleEveryMs = 60_000;

/**
 * Starts the HTTP listener and the writer of the event feed.
 * @throws OdstError COMMON_SETTING_INVALID when it cannot listen there; COMMON_SECRET_UNREADABLE with another DATABASE_KEY than before
 */
export async function startGateway(deps: GatewayDeps): Promise<RunningGateway> {
  const clients = createClients(deps.connect, localDeadLetters(deps));
  const { host, port, clock, logger, metrics, localOnly, readiness, trustedProxies, routes, tls } = deps;
  await using stack = new AsyncDisposableStack();
  const box = createSecretBox(deps.databaseKeys);
  // Refuses a wrong key.
  await openSecretStore({ pool: deps.pool, schema: deps.schema, box });
  await sealAnew(deps.pool, box);
  const idempotent = createIdempotentRequests(deps.pool, box);
  const samples = createSystemSamples(deps.pool);
  const sampling = { name: 'measuring the server', intervalMs: sampleEveryMs, onError: warnWith(logger) };
  stack.use(startPeriodic({ ...sampling, run: async () => samples.add(await measure(await clients.blobs.getDisk({}), clock)) }));
  const sweeping = { name: 'removing old answers', intervalMs: sweepEveryMs, onError: warnWith(logger) };
  stack.use(startPeriodic({ ...sweeping, firstAfterMs: sweepEveryMs, run: () => idempotent.sweep(clock.now()) }));
  const feed = stack.use(createEventFeed({ pool: deps.pool, logger, listener: deps.listener }));
  const app = await buildGateway({
    clients,
    authorizer: createAuthorizer(clients.access),
    feed,
    idempotent,
    samples,
    metrics,
    localOnly,
    clock,
    startedAt: clock.now(),
    logger,
    readiness,
    trustedProxies,
    routes,
    tls,
  });
  stack.use(
    await deps.bus.subscribe({
      topics: publishingServices.map((service) => deps.bus.topicOf(service)),
      group: 'gateway.event-feed',
      handler: { handleBatch: (messages) => feed.add(messages) },
    }),
  );
  stack.defer(() => app.close());
  const url = await listen(app, { host, port, portSetting: 'ODST_PORT' });
  const running = stack.move();
  return { url, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
