import type { Content, Head, Package } from '@odst/contracts/catalog';
import { publishingServices } from '@odst/contracts/services';
import type { Authorizer } from '@odst/http';
import { OdstError, type Stage } from '@odst/kernel';
import type { ReadinessSnapshot } from '@odst/service-host';
import { createLogger, createMetrics, type Metrics } from '@odst/telemetry';
import { buildGateway } from '../src/app.ts';
import {
  type Clients,
  type DeadLettersClient,
  type LetterServiceName,
  letterServices,
  type ProjectionsClients,
} from '../src/clients.ts';
import type { EventFeed } from '../src/events-feed/event-feed.ts';
import type { IdempotentRequests } from '../src/idempotency/idempotent-requests.ts';
import type { SystemSamples } from '../src/system/system-samples.ts';
import { memoryIdempotentRequests } from './idempotency/memory-idempotent-requests.ts';
import { memorySystemSamples } from './system/memory-system-samples.ts';

/** The parts of the services that a test plays. What a test does not play fails when it is called. */
export type Played = { readonly [Name in PlayedWhole]?: Partial<Clients[Name]> } & {
  readonly projections?: PlayedProjections;
  readonly deadLetters?: PlayedDeadLetters;
  /** Of all services. Default none */
  readonly readEvents?: Clients['events']['catalog']['readEvents'];
};

type PlayedWhole = Exclude<keyof Clients, 'projections' | 'deadLetters' | 'events'>;

/** The read models of services; those that are not named have none. */
export type PlayedProjections = { readonly [Service in keyof ProjectionsClients]?: Partial<ProjectionsClients[Service]> };

/** The dead letters of services; those that are not named have none. */
export type PlayedDeadLetters = { readonly [Service in LetterServiceName]?: Partial<DeadLettersClient> };

const admin = { actor: 'account:admin', role: 'admin', stages: ['Dev', 'Test', 'Prod'] };

/** The gateway over stand-ins of the services. Everybody is the admin, unless the test plays `access`. */
export async function testApp(
  played: Played,
  options: {
    feed?: EventFeed;
    readiness?: () => ReadinessSnapshot;
    authorize?: Authorizer['authorize'];
    eventStreamHeartbeatMs?: number;
    metrics?: Metrics;
    /** Default of its own. */
    idempotent?: IdempotentRequests;
    /** Default none. */
    samples?: SystemSamples;
    /** Default true. */
    localOnly?: boolean;
  } = {},
) {
  const playing = <Client extends object>(name: string, part: Partial<Client>): Client =>
    new Proxy(part as Client, {
      get(target, method, receiver) {
        return Reflect.get(target, method, receiver) ?? unplayed(`${name}.${String(method)}`);
      },
    });
  const standIn = <Name extends PlayedWhole>(name: Name): Clients[Name] =>
    playing<Clients[Name]>(name, (played[name] ?? {}) as Partial<Clients[Name]>);
  const none = { listProjections: async () => ({ projections: [] }) };
  const projections = Object.fromEntries(
    publishingServices.map((service) => [service, playing(`projections of ${service}`, played.projections?.[service] ?? none)]),
  ) as ProjectionsClients;
  const noLetters = { listDeadLetters: async () => ({ deadLetters: [] }) };
  const deadLetters = Object.fromEntries(
    letterServices.map((service) => [service, playing(`dead letters of ${service}`, played.deadLetters?.[service] ?? noLetters)]),
  ) as Clients['deadLetters'];
  const events = Object.fromEntries(
    publishingServices.map((service) => [service, { readEvents: played.readEvents ?? noEvents }]),
  );
  const clients: Clients = {
    // Names of servers stand beside much that is shown.
    server: playing<Clients['server']>('server', { listServers: async () => ({ servers: [] }), ...played.server }),
    peers: standIn('peers'),
    trust: standIn('trust'),
    access: standIn('access'),
    accounts: standIn('accounts'),
    apiTokens: standIn('apiTokens'),
    packages: standIn('packages'),
    blobs: standIn('blobs'),
    feed: standIn('feed'),
    coverage: standIn('coverage'),
    transfers: standIn('transfers'),
    digests: standIn('digests'),
    projections,
    events: events as Clients['events'],
    deadLetters,
  };
  const credential = { username: 'admin', ownStages: ['Dev', 'Test', 'Prod'], sessionId: '', tokenId: '' };
  const context = { ...admin, ...credential, remoteAddress: '127.0.0.1', correlationId: 'c', causationId: '', traceparent: '' };
  const logger = createLogger({ name: 'gateway-test', level: 'silent' });
  return buildGateway({
    clients,
    metrics: options.metrics ?? createMetrics({ logger }),
    localOnly: options.localOnly ?? true,
    authorizer: { authorize: options.authorize ?? (async () => context) },
    feed: options.feed ?? unplayedFeed,
    idempotent: options.idempotent ?? memoryIdempotentRequests(),
    samples: options.samples ?? memorySystemSamples(),
    clock: { now: () => new Date('2026-01-01T08:33:26Z') },
    startedAt: new Date('2026-01-01T00:00:00Z'),
    logger,
    readiness: options.readiness ?? (() => ({})),
    eventStreamHeartbeatMs: options.eventStreamHeartbeatMs,
  });
}

async function* noEvents(): AsyncGenerator<never> {
  yield* [];
}

function unplayed(name: string) {
  return async () => {
    throw new OdstError('COMMON_SERVICE_UNAVAILABLE', `${name} is not played in this test`);
  };
}

const unplayedFeed: EventFeed = {
  add: unplayed('feed.add'),
  read: unplayed('feed.read'),
  readActs: unplayed('feed.readActs'),
  readActivity: unplayed('feed.readActivity'),
  last: unplayed('feed.last'),
  onAdded: () => ({ [Symbol.dispose]: () => undefined }),
  [Symbol.asyncDispose]: async () => undefined,
};

const nomadContent: Content = {
  sha256: 'b'.repeat(64),
  sha1: 'a'.repeat(40),
  sizeBytes: 3_460_301n,
  manifestDigest: 'c'.repeat(64),
};

/** A head as catalog gives it: an upload of NoMAD.pkg. */
export function head(stage: Stage, part: Partial<Head> = {}): Head {
  return {
    stage,
    content: nomadContent,
    status: 'Public',
    changedAt: new Date('2017-11-11T03:15:54.900Z'),
    changedBy: 'd'.repeat(32),
    actor: 'account:admin',
    act: 'upload',
    contenders: [],
    ...part,
  };
}

/** A package as catalog gives it. */
export const nomad: Package = {
  id: 7,
  uuid: '0123456789abcdef0123456789abcdef',
  filename: 'NoMAD.pkg',
  version: 3n,
  createdAt: new Date('2017-11-11T03:15:54.900Z'),
  heads: [head('Test')],
  serves: 'Test',
  stage: 'Test',
  content: nomadContent,
  status: 'Public',
  awaitsConfirmation: false,
  trash: [],
  leaving: [],
  letGo: [],
};

/** The content of {@link nomad}, or another one of the same size. */
export const content = (sha256 = nomadContent.sha256): Content => ({ ...nomadContent, sha256 });
