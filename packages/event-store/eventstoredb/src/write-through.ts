import { OdstError } from '@odst/kernel';
import type { EventStreams, StreamEvent } from './event-streams.ts';
import type { PlacedAppend, Places } from './places.ts';
import { toLinks, toStreamEvents } from './stored-event.ts';
import type { StreamNames } from './stream-names.ts';

/** Most appends that are written at once. */
const pageSize = 256;
/** Most links in one write; a single append may have more. */
const maxLinks = 1_000;

/** Brings appends that have their place to EventStoreDB. */
export interface WriteThrough {
  /**
   * Writes all that is on its way, also of other processes: events first, then the links of the log, in order. Whoever
   * repeats it, at whatever moment another one died, writes the same events to the same places, which EventStoreDB takes
   * for the same write.
   * @returns whether there was anything
   * @throws OdstError COMMON_DATABASE_UNAVAILABLE: the rest stays on its way; COMMON_EVENT_LOG_MISMATCH when a place is taken
   */
  run(): Promise<boolean>;
  /** Position up to which all is known to be written. */
  written(): bigint;
}

/** Of {@link createWriteThrough}. */
export type WriteThroughDeps = {
  readonly streams: EventStreams;
  readonly names: StreamNames;
  readonly places: Places;
  /** Most bytes of one write. */
  readonly maxAppendBytes: number;
  /** The log's end when it was opened. */
  readonly written: bigint;
};

/** Builds it; calls of one process follow each other, so that they share writes. */
export function createWriteThrough(deps: WriteThroughDeps): WriteThrough {
  const { places } = deps;
  let written = deps.written;
  let last: Promise<unknown> = Promise.resolve();

  const writeAll = async (): Promise<boolean> => {
    for (let any = false; ; any = true) {
      const page = await places.pending(written, pageSize);
      const end = page.at(-1)?.position;
      if (end === undefined) return any;
      await writePage(deps, page);
      written = end;
      await places.arrived(written);
      if (page.length < pageSize) return true;
    }
  };

  return {
    written: () => written,
    run() {
      const run = last.then(writeAll);
      last = run.catch(() => undefined);
      return run;
    },
  };
}

async function writePage(deps: WriteThroughDeps, page: readonly PlacedAppend[]): Promise<void> {
  const { names } = deps;
  const ofStreams = [...Map.groupBy(page, ({ stream }) => stream).values()];
  // All of them end before the page does, also when one fails: nothing is left running unseen.
  const settled = await Promise.allSettled(
    ofStreams.map(async (appends) => {
      const [first] = appends;
      if (first === undefined) return;
      const firstRevision = BigInt(first.version - first.append.events.length);
      await writeRun(deps, names.of(first.stream), firstRevision, appends.map(toStreamEvents), Number.POSITIVE_INFINITY);
    }),
  );
  for (const outcome of settled) if (outcome.status === 'rejected') throw outcome.reason;
  const [first] = page;
  if (first === undefined) return;
  const firstPosition = first.position - BigInt(first.append.events.length) + 1n;
  await writeRun(
    deps,
    names.log,
    firstPosition,
    page.map((append) => toLinks(names, append)),
    maxLinks,
  );
}

/** Writes appends that follow each other in a stream, several at once, none of them divided. */
async function writeRun(
  { streams, maxAppendBytes }: WriteThroughDeps,
  stream: string,
  firstRevision: bigint,
  appends: readonly (readonly StreamEvent[])[],
  maxEvents: number,
): Promise<void> {
  let revision = firstRevision;
  for (const events of chunks(appends, maxAppendBytes, maxEvents)) {
    await writeChunk(streams, stream, revision, events);
    revision += BigInt(events.length);
  }
}

async function writeChunk(
  streams: EventStreams,
  stream: string,
  firstRevision: bigint,
  events: readonly StreamEvent[],
): Promise<void> {
  let rest = events;
  let revision = firstRevision;
  while (rest.length > 0 && !(await streams.append(stream, rest, revision))) {
    // Another process may have written a part of it. The events that are there must be these.
    const present = await streams.read(stream, revision, rest.length);
    if (present.length === 0 || present.some(({ id }, index) => id !== rest[index]?.id)) {
      throw new OdstError(
        'COMMON_EVENT_LOG_MISMATCH',
        `${stream} has other events from revision ${revision} on than PostgreSQL gave places to`,
      );
    }
    rest = rest.slice(present.length);
    revision += BigInt(present.length);
  }
}

/** Joins appends up to the limits; one append stays whole. */
function chunks(
  appends: readonly (readonly StreamEvent[])[],
  maxBytes: number,
  maxEvents: number,
): readonly (readonly StreamEvent[])[] {
  const joined: StreamEvent[][] = [];
  let bytes = 0;
  for (const events of appends) {
    const size = sizeOf(events);
    const current = joined.at(-1);
    if (current === undefined || bytes + size > maxBytes || current.length + events.length > maxEvents) {
      joined.push([...events]);
      bytes = size;
    } else {
      current.push(...events);
      bytes += size;
    }
  }
  return joined;
}

/** Bytes that EventStoreDB counts for events, and a margin for each. */
export function sizeOf(events: readonly StreamEvent[]): number {
  const marginBytes = 64;
  return events.reduce((sum, { type, data, metadata }) => {
    const dataBytes = data instanceof Uint8Array ? data.length : Buffer.byteLength(JSON.stringify(data));
    const metadataBytes = metadata === undefined ? 0 : Buffer.byteLength(JSON.stringify(metadata));
    return sum + dataBytes + metadataBytes + 2 * type.length + marginBytes;
  }, 0);
}
