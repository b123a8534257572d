import type { EventBus } from '@odst/event-bus';
import type { ServiceConnection, ServiceName } from '@odst/grpc';
import { createAuthorizer } from '@odst/http';
import type { Clock } from '@odst/kernel';
import type { ReadinessSnapshot } from '@odst/service-host';
import type { Logger } from '@odst/telemetry';
import type { FastifyPluginAsync } from 'fastify';
import type { Pool } from 'pg';
import { buildGateway } from './app.ts';
import { createClients } from './clients.ts';
import { createEventFeed } from './events-feed/event-feed.ts';

/** What the gateway runs on. */
export type GatewayDeps = {
  /** Connections of the gateway's own database role. */
  readonly pool: Pool;
  readonly bus: EventBus;
  readonly connect: (service: ServiceName) => ServiceConnection;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly readiness: () => ReadinessSnapshot;
  /** Addresses and networks of the proxies whose forwarding headers count. Default none */
  readonly trustedProxies?: readonly string[];
  /** The byte routes, where storage shares this listener. */
  readonly dataPlane?: FastifyPluginAsync;
};

/** A gateway that serves. */
export type RunningGateway = AsyncDisposable & {
  /** Base URL of the listener. */
  readonly url: string;
};

/** Services whose events the HTTP feed shows. */
const publishers: readonly ServiceName[] = ['registration', 'catalog', 'storage', 'sync'];

/** Starts the HTTP listener and the writer of the event feed. */
export async function startGateway(deps: GatewayDeps): Promise<RunningGateway> {
  const feed = createEventFeed(deps.pool);
  const clients = createClients(deps.connect);
  const { clock, logger, readiness, trustedProxies, dataPlane } = deps;
  const app = await buildGateway({
    clients,
    authorizer: createAuthorizer(clients.access),
    feed,
    clock,
    startedAt: clock.now(),
    logger,
    readiness,
    trustedProxies,
    dataPlane,
  });
  const subscription = await deps.bus.subscribe({
    topics: publishers.map((service) => deps.bus.topicOf(service)),
    group: 'gateway.event-feed',
    handler: (message) => feed.add(message),
  });
  const url = await app.listen({ host: deps.host, port: deps.port });
  return {
    url,
    async [Symbol.asyncDispose]() {
      await app.close();
      await subscription[Symbol.asyncDispose]();
    },
  };
}
