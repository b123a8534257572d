import type { Subscription } from '@odst/event-bus';
import type { Brokers } from './brokers.ts';
import { readGroupStart } from './group-start.ts';
import { ascending } from './positions.ts';
import { eventOf, type StoredRecord } from './record.ts';

/** When the oldest event was recorded that a group is not done with; undefined when it is done with all. */
export async function oldestUndone(deps: {
  readonly brokers: Brokers;
  /** As the brokers name it. */
  readonly groupId: string;
  /** As the brokers name it. */
  readonly topic: string;
  readonly from: Subscription['from'];
}): Promise<Date | undefined> {
  const { brokers, groupId, topic, from } = deps;
  const { progress, offsets, isKnown } = await readGroupStart(brokers, groupId, topic);
  if (!isKnown && from === 'latest') return undefined;
  const waiting = new Set(progress.waiting);
  const isUndone = ({ position }: StoredRecord): boolean => position > progress.position || waiting.has(position);
  const firsts = await brokers.reader.use((reader) => reader.firsts(topic, offsets, isUndone));
  const [oldest] = firsts.toSorted((a, b) => ascending(a.position, b.position));
  return oldest === undefined ? undefined : new Date(eventOf(oldest).time);
}
