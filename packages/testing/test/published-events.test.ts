import { syncEventCodec } from '@odst/contracts/sync';
import { createMemoryEventBus, createMemoryLease, startRelay } from '@odst/event-bus';
import { createMemoryEventStore, type EventToAppend } from '@odst/event-store';
import { createSilentLogger } from '@odst/telemetry';
import { eventually } from '@odst/test-kit';
import { describe, expect, test } from 'vitest';
import { checkPublications } from '../src/published-events.ts';

const iss = '0f8c2f4e6a1b4c3d9e5f708192a3b4c5';
const clock = { now: () => new Date('2026-01-01T00:00:00Z') };

/** Publishes an event the way services do. */
async function publish(service: string, event: EventToAppend): Promise<void> {
  const store = createMemoryEventStore({ clock });
  const caused = { remoteAddress: '', commandId: 'c', correlationId: 'c', causationId: '', traceparent: '' };
  const metadata = { actor: 'service:sync', ...caused };
  await store.append({ stream: `peer-${iss}`, expectedVersion: 0, events: [event], metadata });
  const bus = createMemoryEventBus();
  const lease = createMemoryLease({ clock: { now: () => new Date() }, ttlMs: 1_000 });
  await using _relay = startRelay({ service, iss, source: store, bus, lease, clock, logger: createSilentLogger() });
  await eventually(async () => (await bus.lastPublished(service)).position === 1n);
}

const good = syncEventCodec.encode({ type: 'PeerCameOnline', data: { peerIss: iss } });

// What the set-up of every test file does after each test; it has begun to listen before this file.
describe('the check after each test', () => {
  test('lets events pass that are as the document says', async () => {
    await publish('sync', good);
    await expect(checkPublications()).resolves.toBeUndefined();
  });

  test.each([
    ['a payload of another form', 'sync', { ...good, data: { peerIss: 7 } }, '/data/peerIss must be string'],
    ['a field too much', 'sync', { ...good, data: { ...good.data, password: 'x' } }, 'must NOT have additional properties'],
    ['an event that is in no list', 'sync', { ...good, type: 'PeerEaten' }, 'no message org.odst.sync.PeerEaten.v1'],
    ['a service that is in no list', 'notification', good, 'no message org.odst.notification.PeerCameOnline.v1'],
  ])('fails a test that publishes %s, and only that one', async (_what, service, event, text) => {
    await publish(service, event);
    await expect(checkPublications()).rejects.toThrow(text);
    await expect(checkPublications()).resolves.toBeUndefined();
  });

  test('leaves out the service that tests play', async () => {
    await publish('notes', { type: 'NoteWritten', schemaVersion: 1, data: {} });
    await expect(checkPublications()).resolves.toBeUndefined();
  });
});
