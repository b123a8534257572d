import type { DeadLetterDesks, DeadLetters, EventBus, Inbox } from '@odst/event-bus';
import type { EventStore } from '@odst/event-store';
import type { ServiceConnection, ServiceName } from '@odst/grpc';
import type { Clock } from '@odst/kernel';
import type { Logger, Metrics } from '@odst/telemetry';
import type { Pool } from 'pg';

/** What every service runs on, in a process of its own or with others in one. */
export type ServiceRuntime = {
  /** Connections of the service's own role, `search_path` set to its schema, where its migrations ran. */
  readonly pool: Pool;
  /** That schema. */
  readonly schema: string;
  /** The service's own events. Their relay is started by who opened the store. */
  readonly store: EventStore;
  readonly bus: EventBus;
  readonly inbox: Inbox;
  readonly deadLetters: DeadLetters;
  /** What an admin does with them. */
  readonly desks: DeadLetterDesks;
  /** Where gRPC is served: `host:port` or `unix:/path`. */
  readonly address: string;
  /** The secret that the processes share. */
  readonly internalToken: string;
  /** gRPC of the services that it asks. They need not run yet. */
  readonly connect: (service: ServiceName) => ServiceConnection;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
};
