import { type Append, eventIdOf, type Json, type RecordedEvent } from '@odst/event-store';
import type { PostgresTransaction } from './transaction.ts';

/** An append without its side effects: what the function in the database takes. */
export type PlainAppend = Omit<Append, 'alongside'>;

/** A row of `append_batch`. */
export type AppendOutcome =
  | { readonly outcome: 'conflict'; readonly stream_version: number }
  | {
      readonly outcome: 'appended' | 'repeated';
      readonly stream_version: number;
      readonly last_position: string;
      readonly event_count: number;
      readonly known_result: Json;
    };

/** Calls `append_batch` of a schema; the outcomes come in the order of the appends. */
export async function runAppendBatch(
  runner: PostgresTransaction,
  schema: string,
  appends: readonly PlainAppend[],
  recordedAt: Date,
): Promise<readonly AppendOutcome[]> {
  const events = appends.flatMap((append) =>
    append.events.map((event, index) => ({ event, id: eventIdOf(append.metadata.commandId, index) })),
  );
  const { rows } = await runner.query<AppendOutcome>({
    name: `append ${schema}`,
    text: `SELECT * FROM "${schema}".append_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    values: [
      appends.map((append) => append.metadata.commandId),
      appends.map((append) => append.stream),
      appends.map((append) => (append.expectedVersion === 'any' ? null : append.expectedVersion)),
      appends.map((append) => append.events.length),
      appends.map((append) => JSON.stringify(append.result ?? null)),
      appends.map((append) => JSON.stringify(append.metadata)),
      recordedAt,
      events.map(({ id }) => id),
      events.map(({ event }) => event.type),
      events.map(({ event }) => event.schemaVersion),
      events.map(({ event }) => JSON.stringify(event.data)),
    ],
  });
  return rows;
}

/** The events of an append as they were recorded, from what the database answered. */
export function recordedEvents(
  append: PlainAppend,
  outcome: { readonly stream_version: number; readonly last_position: string },
  recordedAt: Date,
): readonly RecordedEvent[] {
  const version = outcome.stream_version - append.events.length;
  const position = BigInt(outcome.last_position) - BigInt(append.events.length);
  return append.events.map((event, index) => ({
    ...event,
    id: eventIdOf(append.metadata.commandId, index),
    stream: append.stream,
    version: version + index + 1,
    position: position + BigInt(index + 1),
    metadata: append.metadata,
    recordedAt,
  }));
}
