import { systemTimers, type Timers } from '@odst/async/timers';
import type { Shape } from '../api/client.ts';

/** What the server's stream tells, on its way to the pages. */
export type LiveMessage =
  /** Whether the stream is open: while it is not, what is shown may be old. */
  | { readonly kind: 'state'; readonly state: 'open' | 'reconnecting' | 'refused' }
  /** Something that happened: a CloudEvent. */
  | { readonly kind: 'event'; readonly event: StreamedEvent }
  | { readonly kind: 'transfers'; readonly data: RunningTransfers }
  | { readonly kind: 'peers'; readonly data: { readonly items: readonly PeerProgress[] } }
  | { readonly kind: 'coverage' }
  /** Nothing else was told for a while. */
  | { readonly kind: 'alive' };

/** The part of a CloudEvent that pages look at. */
export type StreamedEvent = { readonly type: string; readonly data: Readonly<Record<string, unknown>> };

/** The transfers that run, and a number that rises when the others change. */
export type RunningTransfers = {
  readonly items: readonly Shape<'Transfer'>[];
  readonly others: number;
  readonly version: number;
};

/** How it goes with a peer now. */
export type PeerProgress = { readonly iss: string } & Readonly<Record<string, unknown>>;

/** An open stream. */
export interface Stream {
  /** Opens one that was refused anew, at once: somebody signed in. */
  again(): void;
  close(): void;
}

/**
 * A browser gives up a stream that is refused once, as while the server starts: it is opened anew after this long, later each time, as a
 * page whose session has ended may be left open for weeks.
 */
const againMs = [5_000, 5_000, 5_000, 10_000, 20_000, 40_000];
const longestAgainMs = 60_000;

/** The server says something each 15 s. A line that was cut without a word, as while a laptop sleeps, looks open for a long time. */
const silenceMs = 45_000;

/** What a stream is opened with. */
type Opening = {
  /** Default the browser's own. */
  readonly open?: (address: string) => EventSource;
  /** Default the system's. */
  readonly timers?: Timers;
};

/** Follows the server's stream, and goes on by itself where it breaks off. */
export function openStream(
  emit: (message: LiveMessage) => void,
  { open = (address) => new EventSource(address), timers = systemTimers }: Opening = {},
): Stream {
  let timer: Disposable | undefined;
  let refusals = 0;
  let source = connect();
  function after(ms: number, call: () => void): void {
    timer?.[Symbol.dispose]();
    timer = timers.after(ms, call);
  }
  function reconnect(): void {
    source.close();
    source = connect();
  }
  function connect(): EventSource {
    const opened = open('/api/v1/stream');
    let isInterrupted = false;
    const heard = () =>
      after(silenceMs, () => {
        emit({ kind: 'state', state: 'reconnecting' });
        reconnect();
      });
    // Of what the server could not tell for a while all comes anew.
    const told = (message: LiveMessage) => {
      heard();
      if (isInterrupted) emit({ kind: 'state', state: 'open' });
      isInterrupted = false;
      emit(message);
    };
    heard();
    opened.onopen = () => {
      heard();
      isInterrupted = false;
      refusals = 0;
      emit({ kind: 'state', state: 'open' });
    };
    opened.onerror = () => {
      const isRefused = opened.readyState === opened.CLOSED;
      emit({ kind: 'state', state: isRefused ? 'refused' : 'reconnecting' });
      if (!isRefused) return heard();
      after(againMs[refusals] ?? longestAgainMs, reconnect);
      refusals += 1;
    };
    opened.onmessage = ({ data }) => {
      heard();
      emit({ kind: 'event', event: JSON.parse(data) });
    };
    opened.addEventListener('transfers', ({ data }) => told({ kind: 'transfers', data: JSON.parse(data) }));
    opened.addEventListener('peers', ({ data }) => told({ kind: 'peers', data: JSON.parse(data) }));
    opened.addEventListener('coverage', () => told({ kind: 'coverage' }));
    opened.addEventListener('alive', () => {
      heard();
      emit({ kind: 'alive' });
    });
    // What is shown of them is old until they are told again.
    opened.addEventListener('interrupted', () => {
      heard();
      isInterrupted = true;
      emit({ kind: 'state', state: 'reconnecting' });
    });
    return opened;
  }
  return {
    again() {
      if (source.readyState === source.CLOSED) reconnect();
    },
    close() {
      timer?.[Symbol.dispose]();
      source.close();
    },
  };
}
