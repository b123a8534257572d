import { openBackbone, provisionService } from '@odst/backbone';
import { startEmbeddedPostgres } from '@odst/embedded-postgres';
import type { Subscription } from '@odst/event-bus';
import { createSilentLogger } from '@odst/telemetry';

/** A service without a use case, on the database and the bus that the product's services have. */
export type EventsService = Awaited<ReturnType<typeof openEventsService>>;

const service = 'catalog';
const iss = 'benchmark';
const logger = createSilentLogger();
let commands = 0;

/** About what an event of the catalogue has. */
export const payload = {
  filename: 'Installer.pkg',
  stage: 'Prod',
  sha256: '0f'.repeat(32),
  sizeBytes: '1073741824',
  signature: 'x'.repeat(200),
};

/** About what the events of a request have beside their payload. */
export const metadataOf = (commandId: string) => ({
  actor: 'account:admin',
  remoteAddress: '192.0.2.7',
  commandId,
  correlationId: '0190b7a2-0000-7000-8000-000000000000',
  causationId: '',
  traceparent: '',
});

/** Opens the service on a database of its own in `folder`. @param broker Kafka as the bus; default PostgreSQL */
export async function openEventsService(folder: string, broker?: { readonly address: string; readonly topicPrefix: string }) {
  await using stack = new AsyncDisposableStack();
  const postgres = stack.use(await startEmbeddedPostgres({ dataDir: folder, logger }));
  const { url } = await provisionService({ adminUrl: postgres.url(), service, migrations: [], logger });
  const kafka = broker && {
    connection: { brokers: [broker.address] },
    topicPrefix: broker.topicPrefix,
    iss: Promise.resolve(iss),
  };
  const clock = { now: () => new Date() };
  const { store, bus, startRelay } = stack.use(await openBackbone({ databaseUrl: url, service, kafka, clock, logger }));
  const opened = stack.move();
  return {
    /** As the owner of the server, for what a peer puts into the same database. */
    adminUrl: postgres.url(),
    store,
    /** Stores one event. */
    append(key: string) {
      commands += 1;
      const metadata = metadataOf(`command ${commands}`);
      const events = [{ type: 'PackageUploaded', schemaVersion: 1, data: payload }];
      return store.append({ stream: `package-${key}`, expectedVersion: 'any', events, metadata });
    },
    /** Subscribes for as long as the service is open. */
    async consume(handler: Subscription['handler']): Promise<void> {
      opened.use(await bus.subscribe({ topics: [bus.topicOf(service)], group: 'catalog.benchmark', concurrency: 8, handler }));
    },
    startRelay(): void {
      opened.use(startRelay(iss));
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
