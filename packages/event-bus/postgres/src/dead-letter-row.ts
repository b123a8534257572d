import type { CloudEvent, DeadLetter, DeadLetterState } from '@odst/event-bus';

/** A row of `dead_letters` as `pg` gives it; 64-bit numbers are texts. */
export type DeadLetterRow = {
  readonly id: string;
  readonly consumer: string;
  readonly topic: string;
  readonly key: string;
  readonly position: string;
  readonly event: CloudEvent;
  readonly state: DeadLetterState;
  readonly tries: number;
  readonly error: string;
  readonly parked_at: Date;
  readonly skipped_by: string | null;
  readonly skipped_at: Date | null;
  readonly skip_reason: string | null;
};

/** The columns of {@link DeadLetterRow}. */
export const deadLetterColumns =
  'id, consumer, topic, key, position, event, state, tries, error, parked_at, skipped_by, skipped_at, skip_reason';

/** The letter of a row. */
export function letterOfRow(row: DeadLetterRow): DeadLetter {
  const { skipped_by: by, skipped_at: at, skip_reason: reason } = row;
  return {
    id: Number(row.id),
    consumer: row.consumer,
    topic: row.topic,
    key: row.key,
    position: BigInt(row.position),
    event: row.event,
    state: row.state,
    tries: row.tries,
    error: row.error,
    parkedAt: row.parked_at,
    ...(by === null || at === null || reason === null ? {} : { skipped: { by, at, reason } }),
  };
}
