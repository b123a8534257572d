import type { EventMetadata, JsonObject, RecordedEvent } from '@odst/event-store';

/** A row of `events` as `pg` gives it; 64-bit numbers are texts. */
export type EventRow = {
  readonly position: string;
  readonly id: string;
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly schema_version: number;
  readonly data: JsonObject;
  readonly metadata: EventMetadata;
  readonly recorded_at: Date;
};

/** The columns of an {@link EventRow}. */
export const eventColumns = 'position, id, stream, version, type, schema_version, data, metadata, recorded_at';

/** The event of a row. */
export function eventOfRow(row: EventRow): RecordedEvent {
  return {
    id: row.id,
    stream: row.stream,
    version: row.version,
    position: BigInt(row.position),
    type: row.type,
    schemaVersion: row.schema_version,
    data: row.data,
    metadata: row.metadata,
    recordedAt: row.recorded_at,
  };
}
