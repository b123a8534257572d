import type { Authorizer } from '@odst/http';
import type { Clock } from '@odst/kernel';
import type { Metrics } from '@odst/telemetry';
import type { Clients } from './clients.ts';
import type { EventFeed } from './events-feed/event-feed.ts';
import type { SystemSamples } from './system/system-samples.ts';

/** What the routes need. */
export type RouteDeps = {
  readonly clients: Clients;
  readonly authorizer: Authorizer;
  readonly feed: EventFeed;
  /** How the server fared. */
  readonly samples: SystemSamples;
  readonly metrics: Metrics;
  /** Whether the server is meant for its own machine alone, so that no proxy stands in front. */
  readonly localOnly: boolean;
  readonly clock: Clock;
  /** When this process started. */
  readonly startedAt: Date;
  /** Longest silence of a live stream of events. Default 15,000 ms */
  readonly eventStreamHeartbeatMs?: number | undefined;
};
