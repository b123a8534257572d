import { isOdstError } from '@odst/kernel';
import type { Checkpoint } from './checkpoint/checkpoint.ts';
import { createMemoryCheckpoint } from './checkpoint/memory-checkpoint.ts';
import { startSaving } from './checkpoint/start-saving.ts';
import type { EventSource, StartPosition } from './event-source.ts';
import { type EventMessage, messageOf } from './events/event-message.ts';

/** How to read. */
export type ReadEventsOptions = {
  readonly source: EventSource;
  /** Keeps how far the consumer is. Default: memory, so that a new process begins at `from`. */
  readonly checkpoint?: Checkpoint;
  /** Where a consumer without a saved position begins. Default `beginning`. */
  readonly from?: Exclude<StartPosition, object>;
  /** Least time between two saves of the position, in milliseconds; default 1,000. 0 saves before each next event. */
  readonly saveEveryMs?: number;
  /**
   * What to do when the server does not have the saved position any more, as after a restore from a backup: end with an error
   * (`throw`, the default), or read everything again (`beginning`), which suits consumers that know what they have.
   */
  readonly onReset?: 'throw' | 'beginning';
  /** Ends the iteration without an error. Default never. */
  readonly signal?: AbortSignal;
};

/**
 * Reads events for ever, each at least once: an event counts as done when the consumer asks for the next one, and only then the
 * position behind it is saved. After a crash, or when the loop is left in the middle of an event, what was done since the last
 * save comes again; `event.id` tells what a consumer has.
 * @throws what the source or the checkpoint throws, after the position was saved
 */
export async function* readEvents(options: ReadEventsOptions): AsyncGenerator<EventMessage, void, void> {
  const { source, checkpoint = createMemoryCheckpoint(), saveEveryMs = 1_000, onReset = 'throw' } = options;
  const signal = options.signal ?? new AbortController().signal;
  const saved = await checkpoint.load();
  await using saving = startSaving(checkpoint, saveEveryMs);
  for (let from: StartPosition = saved === undefined ? (options.from ?? 'beginning') : { after: saved }; ; from = 'beginning') {
    let isEmpty = true;
    try {
      for await (const { event, position } of source.read(from, signal)) {
        isEmpty = false;
        if (event !== undefined) yield messageOf(event, position);
        await saving.done(position);
      }
      return;
    } catch (error) {
      if (onReset === 'throw' || !isOdstError(error, 'EVENTS_FEED_RESET')) throw error;
      // A source that does not have its own beginning either would be asked for ever.
      if (from === 'beginning' && isEmpty) throw error;
    }
  }
}
