import type { ProgressStore, Subscription } from '@odst/event-bus';
import type { Brokers } from './brokers.ts';
import { type GroupNames, readGroupStart } from './group-start.ts';
import { ascending } from './positions.ts';
import { eventOf, type StoredRecord } from './record.ts';
import { tailOf } from './topic-tail.ts';

/** When the oldest event was recorded that a group is not done with; undefined when it is done with all. */
export async function oldestUndone(
  deps: { readonly brokers: Brokers; readonly progressStore: ProgressStore; readonly from: Subscription['from'] },
  names: GroupNames,
): Promise<Date | undefined> {
  const { topic } = names;
  const { reader } = deps.brokers;
  const { progress: known, offsets } = await readGroupStart(deps, names);
  if (known === undefined && deps.from === 'latest') return undefined;
  const progress = known ?? { position: 0n, waiting: [] };
  const waiting = new Set(progress.waiting);
  // Asked first, as the offsets may be those of the beginning.
  const tail = tailOf((await reader.use((opened) => opened.ends(topic))).values());
  if (waiting.size === 0 && tail.position <= progress.position) return undefined;
  const isUndone = ({ position }: StoredRecord): boolean => position > progress.position || waiting.has(position);
  const firsts = await reader.use((opened) => opened.firsts(topic, offsets, isUndone));
  const [oldest] = firsts.toSorted((a, b) => ascending(a.position, b.position));
  return oldest === undefined ? undefined : new Date(eventOf(oldest).time);
}
