import { type CatalogEvent, catalogEventCodec } from '@odst/contracts/catalog';
import { createDeadLetterDesks, createMemoryDeadLetters, createMemoryEventBus, createMemoryInbox } from '@odst/event-bus';
import type { EventToAppend } from '@odst/event-store';
import { createSilentLogger } from '@odst/telemetry';
import { eventually } from '@odst/testing';
import { messageOf } from '@odst/testing/message-of';
import { expect, test } from 'vitest';
import { startFeedReaction } from '../../src/reactions/feed-reaction.ts';
import { issOf } from '../support/records.ts';

test('the feed goes on behind events of a newer catalog, and parks none of them', async () => {
  const bus = createMemoryEventBus();
  const inbox = createMemoryInbox();
  const deadLetters = createMemoryDeadLetters({ clock: { now: () => new Date() }, inbox });
  const seen: [CatalogEvent['type'], string, bigint][] = [];
  const desks = createDeadLetterDesks({ service: 'sync', deadLetters });
  const deps = { bus, inbox, deadLetters, desks, logger: createSilentLogger() };
  await using _reaction = await startFeedReaction(deps, {
    onCatalogEvent: async ({ type }, uuid, position) => void seen.push([type, uuid, position]),
  });
  const events: readonly EventToAppend[] = [
    { type: 'PackageTeleported', schemaVersion: 1, data: {} },
    { type: 'PackagePublished', schemaVersion: 2, data: { state: {} } },
    catalogEventCodec.encode({ type: 'PackagePublished', data: { packageId: 1, filename: 'a.pkg', content: undefined } }),
  ];
  const origin = { service: 'catalog', iss: issOf('a') };
  const messages = events.map((event, index) =>
    messageOf(bus, origin, { stream: 'package-a', position: BigInt(index + 1), event }),
  );
  await bus.publish({ service: 'catalog', fence: 1n }, messages);
  await eventually(() => seen.length > 0);
  expect(seen).toEqual([['PackagePublished', 'a', 3n]]);
  expect(await deadLetters.count()).toBe(0);
});
