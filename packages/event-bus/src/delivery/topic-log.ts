import type { BusMessage } from '../event-bus.ts';
import type { Progress } from './progress.ts';

/** What an adapter offers of one topic to one group. */
export interface TopicLog {
  /** Up to `limit` messages above `after`, ascending. */
  read(after: bigint, limit: number): Promise<readonly BusMessage[]>;
  /** The messages at these positions, ascending. */
  readAt(positions: readonly bigint[]): Promise<readonly BusMessage[]>;
  /** Stores the progress; refused when another member has taken over. */
  save(progress: Progress): Promise<void>;
}
