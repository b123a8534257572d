import { type Append, eventIdOf, type RecordedEvent } from '@odst/event-store';
import type { PostgresTransaction } from '@odst/postgres';

/** An append without its side effects: what the function in the database takes. */
export type PlainAppend = Omit<Append, 'alongside'>;

/** What `append_batch` did with one append. */
export type AppendOutcome = {
  readonly kind: 'appended' | 'repeated' | 'conflict';
  /** Version of the stream after it; of a conflict the actual one. */
  readonly version: number;
  /** Position of the last event, or of the store's end. */
  readonly position: bigint;
  /** Ids of the events, and of the first one where there are none. */
  readonly ids: readonly [string, ...string[]];
};

const kinds = ['appended', 'repeated', 'conflict'] as const;

/** Calls `append_batch` of a schema. The outcomes come in the order of the appends; the last one tells where the store ends. */
export async function runAppendBatch(
  runner: PostgresTransaction,
  schema: string,
  appends: readonly PlainAppend[],
  recordedAt: Date,
): Promise<readonly AppendOutcome[]> {
  const ids = appends.map(eventIdsOf);
  const events = appends.flatMap((append) => append.events);
  const { rows } = await runner.query<{ readonly outcomes: readonly string[] }>({
    name: `append ${schema}`,
    text: `SELECT "${schema}".append_batch($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) AS outcomes`,
    values: [
      ...appendColumns(appends, ids),
      appends.map((append) => JSON.stringify(append.metadata)),
      recordedAt,
      appends.flatMap((append, index) => (append.events.length === 0 ? [] : (ids[index] ?? []))),
      events.map((event) => event.type),
      events.map((event) => event.schemaVersion),
      events.map((event) => JSON.stringify(event.data)),
    ],
  });
  return outcomesOf(rows[0]?.outcomes ?? [], ids);
}

/** What each function that gives appends their places takes first, an array a column: id, stream, expected version, count of events, result. */
export function appendColumns(appends: readonly PlainAppend[], ids: readonly AppendOutcome['ids'][]): readonly unknown[][] {
  return [
    ids.map(([first]) => first),
    appends.map(({ stream }) => stream),
    appends.map(({ expectedVersion }) => (expectedVersion === 'any' ? null : expectedVersion)),
    appends.map(({ events }) => events.length),
    appends.map(({ result }) => JSON.stringify(result ?? null)),
  ];
}

/** The outcomes that a function in the database tells as three numbers each: kind, version, position. */
export function outcomesOf(numbers: readonly string[], ids: readonly AppendOutcome['ids'][]): readonly AppendOutcome[] {
  return ids.map((idsOfAppend, index) => outcomeOf(numbers.slice(index * 3, index * 3 + 3), idsOfAppend));
}

/** The events of an append as they were recorded, from what the database answered. */
export function recordedEvents(append: PlainAppend, outcome: AppendOutcome, recordedAt: Date): readonly RecordedEvent[] {
  const count = append.events.length;
  return append.events.map((event, index) => ({
    ...event,
    id: outcome.ids[index] ?? eventIdOf(append.metadata.commandId, index),
    stream: append.stream,
    version: outcome.version - count + index + 1,
    position: outcome.position - BigInt(count - index - 1),
    metadata: append.metadata,
    recordedAt,
  }));
}

/** Ids of an append's events, and of the first one where it has none. */
export function eventIdsOf({ metadata, events }: Pick<PlainAppend, 'metadata' | 'events'>): AppendOutcome['ids'] {
  return [eventIdOf(metadata.commandId, 0), ...events.slice(1).map((_, index) => eventIdOf(metadata.commandId, index + 1))];
}

function outcomeOf([code, version, position]: readonly string[], ids: AppendOutcome['ids']): AppendOutcome {
  const kind = kinds[Number(code)];
  if (kind === undefined || version === undefined || position === undefined)
    throw new Error('the database gave no outcome of an append');
  return { kind, version: Number(version), position: BigInt(position), ids };
}
