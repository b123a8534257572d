import type { EventSource } from '@odst/event-store';
import type { EventBus, LastPublished } from '../event-bus.ts';

/** A service, its events, and the bus that they are published on. */
export type PublishedSource = {
  readonly service: string;
  readonly source: EventSource;
  readonly bus: Pick<EventBus, 'foreignTopic'>;
};

/**
 * Makes sure that the topic of a service goes on with the events of its store: that the store has, at the position that was
 * published last, the very event that was published there. It has not when the topic is of another server, or the store was
 * restored from an older backup. Then new events take positions that were published already, and would never be; comparing
 * positions alone sees nothing of it once the store has grown past them.
 * @throws OdstError COMMON_SETTING_INVALID when it has not
 * @throws OdstError COMMON_DATABASE_UNAVAILABLE when the store cannot be read
 */
export async function requireOwnTopic({ service, source, bus }: PublishedSource, last: LastPublished): Promise<void> {
  const { position, eventId } = last;
  if (position === 0n) return;
  const [stored] = await source.readAll(position - 1n, 1);
  if (stored?.position !== position || stored.id !== eventId) throw bus.foreignTopic(service);
}
