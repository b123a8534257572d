import { systemTimers } from '@odst/async/timers';
import { createSignal } from '../api/signal.ts';
import type { PageMessage } from './shared-stream.worker.ts';
import { type LiveMessage, openStream } from './stream.ts';

/** What the server tells as it happens, over a stream that all tabs share. */
export interface Live {
  /** @returns ends the listening */
  listen(listener: (message: LiveMessage) => void): () => void;
  /** Goes on after somebody has signed in again. */
  again(): void;
}

/** The stream of this page; opened when somebody listens first. */
export const live = createLive();

/** Whether the stream is open, for the frame. */
export const liveState = createState();

function createLive(): Live {
  const listeners = new Set<(message: LiveMessage) => void>();
  const emit = (message: LiveMessage) => {
    for (const listener of listeners) listener(message);
  };
  let connection: { again(): void } | undefined;
  return {
    listen(listener) {
      listeners.add(listener);
      connection ??= connect(emit);
      return () => void listeners.delete(listener);
    },
    again: () => connection?.again(),
  };
}

/** The worker says something each minute, whatever the stream does. A browser may end it without a word. */
const silenceMs = 150_000;

/** By a worker that all tabs share; by a stream of its own where the browser has none, as on Android. */
function connect(emit: (message: LiveMessage) => void): { again(): void } {
  if (typeof SharedWorker === 'undefined') return openStream(emit);
  // A browser that cannot load it, as in some private windows, is as one without.
  let own: { again(): void } | undefined;
  let silence: Disposable | undefined;
  let port = join();
  const post = (message: PageMessage) => port.postMessage(message);
  function join(): MessagePort {
    const worker = new SharedWorker(new URL('./shared-stream.worker.ts', import.meta.url), { type: 'module', name: 'odst' });
    worker.port.onmessage = ({ data }: MessageEvent<LiveMessage>) => {
      heard();
      emit(data);
    };
    worker.onerror = () => {
      silence?.[Symbol.dispose]();
      own ??= openStream(emit);
    };
    heard();
    return worker.port;
  }
  function heard(): void {
    silence?.[Symbol.dispose]();
    if (own !== undefined) return;
    silence = systemTimers.after(silenceMs, () => {
      emit({ kind: 'state', state: 'reconnecting' });
      post('bye');
      port.close();
      port = join();
    });
  }
  addEventListener('pagehide', () => post('bye'));
  // A page that the browser kept, and shows again when somebody goes back: it was told nothing meanwhile, so all of it may be old.
  addEventListener('pageshow', ({ persisted }) => {
    if (!persisted) return;
    emit({ kind: 'state', state: 'reconnecting' });
    post('hello');
  });
  return { again: () => (own === undefined ? post('again') : own.again()) };
}

function createState() {
  const changed = createSignal();
  let state: 'open' | 'reconnecting' | 'refused' = 'open';
  return {
    get: () => state,
    listen: changed.listen,
    set(next: typeof state) {
      if (next === state) return;
      state = next;
      changed.tell();
    },
  };
}
