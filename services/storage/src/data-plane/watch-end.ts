import type { IncomingMessage } from 'node:http';
import { backgroundTimers, type Timers } from '@odst/async';
import { OdstError } from '@odst/kernel';
import type { FastifyRequest } from 'fastify';

/** Watches over a request whose body is being read. */
export interface EndWatch extends Disposable {
  /** Aborted, with the reason, when the client leaves or falls silent, or the server stops; the connection is then closed. */
  readonly signal: AbortSignal;
  /**
   * From now on the client has to send something every `timeoutMs`, as long as its bytes are what is waited for: neither while the
   * server does not take them, because its disk is slow, nor after the last one.
   */
  startIdleTimeout(timeoutMs: number): void;
}

/** How often within the time limit the client is looked at. */
const looks = 12;

/** Begins to watch; disposing ends it. */
export function watchEnd(request: FastifyRequest, stopping: AbortSignal, timers: Timers = backgroundTimers): EndWatch {
  const abort = new AbortController();
  const { raw } = request;
  let look: Disposable | undefined;
  const giveUp = (reason: OdstError) => {
    if (abort.signal.aborted) return;
    abort.abort(reason);
    raw.destroy();
  };
  const onStop = () => giveUp(new OdstError('COMMON_SERVICE_UNAVAILABLE', 'the server is stopping'));
  const onClose = () => {
    if (!raw.readableEnded) giveUp(new OdstError('STORAGE_UPLOAD_TRUNCATED', 'the client went away'));
  };
  const startIdleTimeout = (timeoutMs: number) => {
    let seenBytes = raw.socket.bytesRead;
    let silentLooks = 0;
    const next = () => {
      look = timers.after(timeoutMs / looks, () => {
        const { bytesRead } = raw.socket;
        silentLooks = bytesRead === seenBytes && isDue(raw) ? silentLooks + 1 : 0;
        seenBytes = bytesRead;
        if (silentLooks < looks) next();
        else giveUp(new OdstError('STORAGE_UPLOAD_TRUNCATED', `the client sent nothing for ${timeoutMs / 1_000} s`));
      });
    };
    next();
  };
  raw.once('close', onClose);
  stopping.addEventListener('abort', onStop, { once: true });
  if (stopping.aborted) onStop();
  return {
    signal: abort.signal,
    startIdleTimeout,
    [Symbol.dispose]() {
      look?.[Symbol.dispose]();
      raw.off('close', onClose);
      stopping.removeEventListener('abort', onStop);
    },
  };
}

/** Whether the client is to send more, and what it sent was taken. */
function isDue(raw: IncomingMessage): boolean {
  return !raw.complete && !raw.isPaused() && raw.readableLength === 0;
}
