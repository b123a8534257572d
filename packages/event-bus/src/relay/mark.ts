import { within } from '@odst/async';
import type { EventBus, LastPublished } from '../event-bus.ts';

/** Longer than this nobody who only wants to know how far the bus is waits for it. */
const lookLimitMs = 2_000;

/** How far the bus has the events of a service, as far as this process knows. */
export interface Mark {
  /** Reads it from the bus and keeps it as one's own until `leave`. @param limitMs longest wait */
  take(limitMs: number): Promise<LastPublished>;
  /** Everything up to `position` was published by this process. */
  moveTo(position: bigint): void;
  /** Somebody else may publish from now on. */
  leave(): void;
  /** Where it is: one's own, or asked for; while the bus is away as it was known last. */
  look(): Promise<bigint>;
}

/** Builds the mark of a service; nothing is known of it yet. */
export function createMark(bus: EventBus, service: string): Mark {
  let known: bigint | undefined;
  let isOwn = false;
  const read = (limitMs: number): Promise<LastPublished> =>
    within(limitMs, 'asking the bus for its last event', bus.lastPublished(service));
  return {
    async take(limitMs) {
      const last = await read(limitMs);
      known = last.position;
      isOwn = true;
      return last;
    },
    moveTo(position) {
      known = position;
    },
    leave() {
      isOwn = false;
    },
    async look() {
      if (isOwn && known !== undefined) return known;
      try {
        const { position } = await read(lookLimitMs);
        // Taken meanwhile, it is newer than what was seen.
        if (!isOwn) known = position;
      } catch (error) {
        if (known === undefined) throw error;
      }
      return known ?? 0n;
    },
  };
}
