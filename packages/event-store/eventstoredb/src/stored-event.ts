import { type EventMetadata, eventIdOf, type Json, type JsonObject, type RecordedEvent } from '@odst/event-store';
import { OdstError, uuidV5 } from '@odst/kernel';
import type { StreamEntry, StreamEvent } from './event-streams.ts';
import type { PlacedAppend } from './places.ts';
import type { StreamNames } from './stream-names.ts';

/** What the store keeps of an event beside its payload and the metadata of its command, under the key `odst`. */
type OwnMetadata = {
  readonly schemaVersion: number;
  /** RFC 3339. */
  readonly recordedAt: string;
  /** Decimal, as it may exceed 2^53. */
  readonly position: string;
  /** Place among the events of its command, from 0, and their number. */
  readonly index: number;
  readonly count: number;
  /** Result of the command: only in its first event. */
  readonly result?: Json;
};

type StoredMetadata = EventMetadata & { readonly odst: OwnMetadata };

/** Type of the entries that EventStoreDB follows to another stream. */
const linkType = '$>';

/** The events of an append in the form in which EventStoreDB keeps them in the aggregate's stream. */
export function toStreamEvents({ append, position }: PlacedAppend): readonly StreamEvent[] {
  const { events, metadata, result, recordedAt } = append;
  return events.map(({ type, schemaVersion, data }, index) => {
    const odst: OwnMetadata = {
      schemaVersion,
      recordedAt,
      position: String(position - BigInt(events.length - index - 1)),
      index,
      count: events.length,
      ...(index === 0 ? { result } : {}),
    };
    return { id: eventIdOf(metadata.commandId, index), type, data, metadata: { ...metadata, odst } };
  });
}

/** The entries of the log that lead to an append's events. */
export function toLinks(names: StreamNames, { append, stream, version }: PlacedAppend): readonly StreamEvent[] {
  const { events, metadata } = append;
  return events.map((_, index) => ({
    id: uuidV5(eventIdOf(metadata.commandId, index), 'link'),
    type: linkType,
    data: new TextEncoder().encode(`${version - events.length + index}@${names.of(stream)}`),
  }));
}

/** The event of an entry. @throws OdstError COMMON_EVENT_LOG_MISMATCH for one that this store did not write, or whose event is gone */
export function toRecordedEvent(names: StreamNames, { event, revision }: StreamEntry): RecordedEvent {
  if (event === undefined) throw foreign(`the event of entry ${revision} of ${names.log} is gone`);
  const { odst, ...metadata } = storedMetadataOf(event);
  return {
    id: event.id,
    stream: names.aggregateOf(event.stream),
    version: Number(event.revision) + 1,
    position: BigInt(odst.position),
    type: event.type,
    schemaVersion: odst.schemaVersion,
    data: event.data as JsonObject,
    metadata,
    recordedAt: new Date(odst.recordedAt),
  };
}

/** The event that an entry of the log leads to. @throws OdstError COMMON_EVENT_LOG_MISMATCH when it has another position, too */
export function toLoggedEvent(names: StreamNames, entry: StreamEntry): RecordedEvent {
  const event = toRecordedEvent(names, entry);
  if (event.position !== entry.revision)
    throw foreign(`entry ${entry.revision} of ${names.log} leads to event ${event.position}`);
  return event;
}

/** What an entry's event tells of its command. */
export function commandOf({ event }: StreamEntry): Pick<OwnMetadata, 'index' | 'count' | 'result'> {
  if (event === undefined) throw foreign('an event of the log is gone');
  return storedMetadataOf(event).odst;
}

function storedMetadataOf(event: NonNullable<StreamEntry['event']>): StoredMetadata {
  const { metadata } = event;
  if (typeof metadata !== 'object' || metadata === null || !('odst' in metadata)) {
    throw foreign(`event ${event.revision} of ${event.stream} was not written by this server`);
  }
  return metadata as StoredMetadata;
}

function foreign(message: string): OdstError {
  return new OdstError('COMMON_EVENT_LOG_MISMATCH', message);
}
