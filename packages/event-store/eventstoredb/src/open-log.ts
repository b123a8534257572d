import { randomUUID } from 'node:crypto';
import type { Json } from '@odst/event-store';
import { OdstError } from '@odst/kernel';
import type { EventStreams, StreamEntry } from './event-streams.ts';
import type { PlacedCommand, Places } from './places.ts';
import { commandOf, toLoggedEvent } from './stored-event.ts';
import type { StreamNames } from './stream-names.ts';

/** Entries that are read at once. */
const pageSize = 500;

/** What belongs together. */
export type LogParts = { readonly streams: EventStreams; readonly names: StreamNames; readonly places: Places };

/**
 * Opens the log: makes it at the first start, and makes sure that it and the database belong together and know the same.
 * What a database restored from a backup lacks is taken over from the log.
 * @returns the log's end, a position
 * @throws OdstError COMMON_EVENT_LOG_MISMATCH, COMMON_DATABASE_UNAVAILABLE
 */
export async function openLog(parts: LogParts): Promise<bigint> {
  const { streams, names, places } = parts;
  // Asked first: a server that was never reached shall not tie this database to it.
  await streams.lastRevision(names.log);
  const log = await places.log(randomUUID(), names.log);
  if (log.stream !== names.log) {
    throw mismatch(`the events are in ${log.stream}, not in ${names.log}; set EVENTSTORE_STREAM_PREFIX back`);
  }
  const header = { id: log.id, type: 'LogStarted', data: { log: log.id, format: 1 } };
  if (!(await streams.append(names.log, [header], 0n))) {
    throw mismatch(`${names.log} belongs to another database; restore that one, or choose another EVENTSTORE_STREAM_PREFIX`);
  }
  return reconcile(parts);
}

async function reconcile(parts: LogParts): Promise<bigint> {
  const { streams, names, places } = parts;
  for (;;) {
    // In this order: who gives places and writes meanwhile is never ahead of them with the log.
    const written = await streams.lastRevision(names.log);
    const { last, onTheirWay } = await places.end(written);
    if (written > last) {
      await takeOver(parts, last, written);
      continue;
    }
    if (written + onTheirWay === last) return written;
    // Either another process brought some of it there between the two looks, or the log lost its end.
    if ((await streams.lastRevision(names.log)) === written) {
      throw mismatch(`${names.log} ends at ${written}, but the database knows events up to ${last}; restore EventStoreDB`);
    }
  }
}

/** Gives the commands of the log's entries above `after` the places that they have there. */
async function takeOver({ streams, names, places }: LogParts, after: bigint, end: bigint): Promise<void> {
  const gather = createGathering(names);
  for (let position = after; position < end; ) {
    const entries = await streams.read(names.log, position + 1n, pageSize);
    const last = entries.at(-1);
    if (last === undefined) throw mismatch(`${names.log} ends before ${end}`);
    await places.takeOver(entries.flatMap(gather));
    position = last.revision;
  }
  // A backup may have appends on their way that arrived after it was made.
  await places.arrived(end);
}

/** Makes commands out of entries that come in order: one with the last event of each. */
function createGathering(
  names: StreamNames,
): (entry: StreamEntry) => readonly (PlacedCommand & { readonly commandId: string })[] {
  let result: Json = null;
  return (entry) => {
    const { stream, version, position, metadata } = toLoggedEvent(names, entry);
    const { index, count, result: ofCommand } = commandOf(entry);
    if (index === 0) result = ofCommand ?? null;
    if (index < count - 1) return [];
    return [{ commandId: metadata.commandId, stream, version, position, eventCount: count, result }];
  };
}

function mismatch(message: string): OdstError {
  return new OdstError('COMMON_EVENT_LOG_MISMATCH', message);
}
