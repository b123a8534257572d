import { createBackoff, pause } from '@odst/async';
import { OdstError } from '@odst/kernel';
import type { EventSource, SourceItem, StartPosition } from '../event-source.ts';
import { type Retry, retryPauses } from '../retry.ts';
import { unavailable } from '../unavailable.ts';
import { askedPauseMs, createFeedConnection, type FeedConnection, isFinal } from './feed-connection.ts';
import { type HttpPosition, parsePosition, writePosition } from './http-position.ts';
import type { ServerLogin } from './login.ts';
import { readPage, readPages } from './read-pages.ts';
import { readStream } from './read-stream.ts';

/** Of {@link createHttpEventSource}. */
export type HttpEventSourceOptions = {
  /** Of the server, as `https://ods.example.org`. */
  readonly url: string;
  /** Default none. */
  readonly login?: ServerLogin;
  /** Event names, short (`PackageUploaded`) or full (`org.odst.catalog.PackageUploaded.v1`). Default all events. */
  readonly types?: readonly string[];
  /**
   * `stream`: events come the moment they are there. `pages`: the feed is asked for every `pageIntervalMs`. Default `auto`: the
   * stream, and pages where something on the way does not let a stream through.
   */
  readonly mode?: 'auto' | 'stream' | 'pages';
  /** Default 1,000 milliseconds. */
  readonly pageIntervalMs?: number;
  /** How long the first byte of a stream may take. Default 10,000 milliseconds. */
  readonly firstByteMs?: number;
  /** After as long without a byte a stream counts as broken. Default 60,000 milliseconds. */
  readonly silenceMs?: number;
  /** Told before each pause. Default nobody. */
  readonly onRetry?: (retry: Retry) => void;
  /** Default the platform's; for proxies and private certificate authorities. */
  readonly fetch?: typeof fetch;
};

type Defaults = Required<Pick<HttpEventSourceOptions, 'mode' | 'pageIntervalMs' | 'firstByteMs' | 'silenceMs' | 'onRetry'>>;
type Reading = Defaults & {
  readonly connection: FeedConnection;
  readonly types: readonly string[];
  readonly signal: AbortSignal;
};

/** After as long with pages the stream is tried again. */
const pagesForMs = 300_000;

const defaults: Defaults = {
  mode: 'auto',
  pageIntervalMs: 1_000,
  firstByteMs: 10_000,
  silenceMs: 60_000,
  onRetry: () => undefined,
};

/**
 * Builds the source over the HTTP feed of a server, `GET /api/v1/events`. Positions are feedsequences, with the last event that
 * came: so a server that was restored from a backup is noticed also when it has issued the same numbers anew.
 * @throws OdstError COMMON_REQUEST_INVALID for a URL that is none
 */
export function createHttpEventSource(options: HttpEventSourceOptions): EventSource {
  const { url, login, types = [], fetch: send = fetch, ...given } = options;
  const connection = createFeedConnection({ url, login, fetch: send });
  return { read: (from, signal) => readForEver({ ...defaults, ...given, connection, types, signal }, from) };
}

async function* readForEver(reading: Reading, from: StartPosition): AsyncGenerator<SourceItem, void, void> {
  const { signal } = reading;
  let position = typeof from === 'object' ? parsePosition(from.after) : undefined;
  let pagesUntilMs = reading.mode === 'pages' ? Number.POSITIVE_INFINITY : 0;
  for (const backoff = createBackoff(retryPauses); !signal.aborted; ) {
    try {
      if (position === undefined) {
        position = await firstPosition(reading, from);
        yield { position: writePosition(position) };
      }
      await checkPast(reading, position);
      const onPosition = (reached: string): void => {
        position = parsePosition(reached);
        backoff.reset();
      };
      if (performance.now() < pagesUntilMs) {
        const pages = readPages({ ...reading, position, intervalMs: reading.pageIntervalMs, untilMs: pagesUntilMs });
        yield* tracked(pages, onPosition);
        continue;
      }
      const heard = yield* tracked(readStream({ ...reading, position }), onPosition);
      if (!heard && reading.mode === 'auto') {
        pagesUntilMs = performance.now() + pagesForMs;
        continue;
      }
      if (heard) backoff.reset();
      throw new Error(heard ? 'the server ended the stream' : 'no stream came');
    } catch (error) {
      if (signal.aborted) return;
      if (isFinal(error)) throw error;
      const delayMs = Math.max(backoff.nextMs(), askedPauseMs(error));
      reading.onRetry({ error: unavailable('the feed cannot be read', error), failures: backoff.failures, delayMs });
      await pause(delayMs, signal);
    }
  }
}

/** Passes items on and tells of their positions. @returns what the reading returns */
async function* tracked<T>(
  items: AsyncGenerator<SourceItem, T, void>,
  onPosition: (position: string) => void,
): AsyncGenerator<SourceItem, T, void> {
  try {
    for (;;) {
      const { done, value } = await items.next();
      if (done === true) return value;
      onPosition(value.position);
      yield value;
    }
  } finally {
    // Does nothing once it ended; else the consumer left, and the request ends with it.
    await items.return(undefined as T);
  }
}

/** The end of the feed is asked for before the stream: else what comes between two attempts would be left out. */
async function firstPosition(reading: Reading, from: StartPosition): Promise<HttpPosition> {
  if (from === 'beginning') return { after: '0' };
  return { after: (await readPage(reading, 'latest', 1)).next };
}

/**
 * Whether the feed is still the one that the position is of. A restored server that has gone on since has issued the number
 * again, for another event, and would not notice.
 * @throws OdstError EVENTS_FEED_RESET
 */
async function checkPast(reading: Reading, { after, seen }: HttpPosition): Promise<void> {
  if (seen === undefined) return;
  const before = (BigInt(seen.number) - 1n).toString();
  const { items } = await readPage({ ...reading, types: [] }, before, 1);
  if (items[0]?.id === seen.id) return;
  const now = items[0] === undefined ? 'none' : 'another one';
  const detail = `the feed had the event ${seen.id} at ${seen.number} and now has ${now}; ${after} is of a past that was lost`;
  throw new OdstError('EVENTS_FEED_RESET', detail);
}
