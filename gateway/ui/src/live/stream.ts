import { systemTimers } from '@odst/async/timers';
import type { Shape } from '../api/client.ts';

/** What the server's stream tells, on its way to the pages. */
export type LiveMessage =
  /** Whether the stream is open: while it is not, what is shown may be old. */
  | { readonly kind: 'state'; readonly state: 'open' | 'reconnecting' | 'refused' }
  /** Something that happened: a CloudEvent. */
  | { readonly kind: 'event'; readonly event: StreamedEvent }
  | { readonly kind: 'transfers'; readonly data: RunningTransfers }
  | { readonly kind: 'peers'; readonly data: { readonly items: readonly PeerProgress[] } }
  | { readonly kind: 'coverage' };

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

/** A browser gives up a stream that is refused once, as while the server starts: it is opened anew after this long. */
const againMs = 5_000;

/** Follows the server's stream, and goes on by itself where it breaks off. */
export function openStream(emit: (message: LiveMessage) => void): Stream {
  let timer: Disposable | undefined;
  let source = connect();
  function connect(): EventSource {
    timer?.[Symbol.dispose]();
    const opened = new EventSource('/api/v1/stream');
    opened.onopen = () => emit({ kind: 'state', state: 'open' });
    opened.onerror = () => {
      const isRefused = opened.readyState === EventSource.CLOSED;
      emit({ kind: 'state', state: isRefused ? 'refused' : 'reconnecting' });
      if (isRefused) {
        timer = systemTimers.after(againMs, () => {
          source = connect();
        });
      }
    };
    opened.onmessage = ({ data }) => emit({ kind: 'event', event: JSON.parse(data) });
    opened.addEventListener('transfers', ({ data }) => emit({ kind: 'transfers', data: JSON.parse(data) }));
    opened.addEventListener('peers', ({ data }) => emit({ kind: 'peers', data: JSON.parse(data) }));
    opened.addEventListener('coverage', () => emit({ kind: 'coverage' }));
    return opened;
  }
  return {
    again() {
      if (source.readyState !== EventSource.CLOSED) return;
      source = connect();
    },
    close() {
      timer?.[Symbol.dispose]();
      source.close();
    },
  };
}
