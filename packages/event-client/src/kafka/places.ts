import { OdstError } from '@odst/kernel';
import type { Mark, Offsets } from './offsets.ts';
import type { Bounds, TopicLookup } from './topic-lookup.ts';

/**
 * Brings the offsets of a reader up to the partitions that there are, and holds those that it has to them.
 * @param from where partitions begin of a topic that was never looked at
 * @returns the topics that are not there
 * @throws OdstError EVENTS_FEED_RESET
 */
export async function placeOffsets(
  lookup: TopicLookup,
  topics: readonly string[],
  offsets: Offsets,
  from: 'beginning' | 'latest',
): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const topic of topics) {
    const found = await lookup.bounds(topic);
    const known = offsets.partitions(topic);
    for (const partition of found === undefined ? [] : (known ?? [])) {
      if (found?.has(partition) === false) throw reset(topic, partition, 'the partition is not there any more');
    }
    for (const [partition, bounds] of found ?? []) {
      if (known === undefined) offsets.advance(topic, partition, await firstPlace(lookup, topic, partition, bounds, from));
      else await holdTo(bounds, lookup, topic, partition, offsets);
    }
    if (found === undefined) missing.push(topic);
    // What a server publishes to a topic that it makes later came after this reader.
    if (found === undefined && from === 'latest') offsets.know(topic);
  }
  return missing;
}

/**
 * Whether a partition is the one of which a reader has the place: it has the last event that came at the same offset. Within a
 * partition events are in order, so what comes behind that is what follows it. Asked after a fetch, it answers for what that gave.
 * @throws OdstError EVENTS_FEED_RESET
 */
export async function checkPlace(lookup: TopicLookup, topic: string, partition: number, offsets: Offsets): Promise<void> {
  const last = offsets.place(topic, partition)?.last;
  if (last !== undefined && (await lookup.eventAt(topic, partition, last.offset)) === last.id) return;
  const bounds = (await lookup.bounds(topic))?.get(partition);
  if (bounds === undefined) throw new OdstError('COMMON_SERVICE_UNAVAILABLE', `the topic ${topic} was deleted`);
  await holdTo(bounds, lookup, topic, partition, offsets);
}

async function holdTo(bounds: Bounds, lookup: TopicLookup, topic: string, partition: number, offsets: Offsets): Promise<void> {
  const { next, last } = offsets.place(topic, partition) ?? { next: 0n };
  const { low, high } = bounds;
  if (next > high) throw reset(topic, partition, `it ends at ${high}, and ${next} was to be read next`);
  if (low > next) throw reset(topic, partition, `what came from ${next} to ${low - 1n} was deleted before it was read`);
  offsets.advance(topic, partition, { next, last });
  // What was read may be deleted: nothing is lost.
  if (last === undefined || last.offset < low) return;
  const id = await lookup.eventAt(topic, partition, last.offset);
  if (id !== last.id) throw reset(topic, partition, describe(last, id));
}

async function firstPlace(lookup: TopicLookup, topic: string, partition: number, bounds: Bounds, from: 'beginning' | 'latest') {
  if (from === 'beginning') return { next: bounds.low };
  return { next: bounds.high, last: await lookup.lastEvent(topic, partition, bounds) };
}

const describe = ({ offset, id }: Mark, now: string | undefined): string =>
  `it had the event ${id} at ${offset} and now has ${now === undefined ? 'none' : 'another one'}`;

function reset(topic: string, partition: number, what: string): OdstError {
  const text = `partition ${partition} of the topic ${topic} is not as it was: ${what}`;
  return new OdstError('EVENTS_FEED_RESET', text, { topic, partition });
}
