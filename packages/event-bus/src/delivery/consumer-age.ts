import { within } from '@odst/async';
import type { Clock } from '@odst/kernel';
import type { EventBus, Subscription } from '../event-bus.ts';

/** Longer than this nobody who only wants to know how far a group is waits for the bus. */
const lookLimitMs = 2_000;

/** How far a group is behind in a topic. */
export type ConsumerAge = { readonly topic: string; readonly oldestAgeSeconds: number };

/**
 * Builds what tells how old the oldest message is that a group is not done with, by topic; 0 where there is none. While the bus is
 * away, from what is known of it: what waited then grows older.
 * @returns the reading; it throws COMMON_DEADLINE_EXCEEDED, or as the bus does, when the bus is away and was never asked before
 */
export function createConsumerAge(
  bus: Pick<EventBus, 'oldestUndone'>,
  group: Pick<Subscription, 'group' | 'topics' | 'from'>,
  clock: Clock,
): () => Promise<readonly ConsumerAge[]> {
  let known: ReadonlyMap<string, Date> | undefined;
  return async () => {
    try {
      known = await within(lookLimitMs, 'asking the bus how far a consumer is', bus.oldestUndone(group));
    } catch (error) {
      if (known === undefined) throw error;
    }
    const now = clock.now().getTime();
    const ageOf = (since: Date | undefined): number => (since === undefined ? 0 : Math.max(0, (now - since.getTime()) / 1_000));
    return group.topics.map((topic) => ({ topic, oldestAgeSeconds: ageOf(known?.get(topic)) }));
  };
}
