import { OdstError } from '@odst/kernel';
import type { FastifyRequest } from 'fastify';

/** Watches over a request whose body is being read. */
export interface EndWatch extends Disposable {
  /** Aborted, with the reason, when the client leaves or falls silent, or the server stops; the connection is then closed. */
  readonly signal: AbortSignal;
  /** From now on the client has to send something every `timeoutMs`. */
  startIdleTimeout(timeoutMs: number): void;
}

/** Begins to watch; disposing ends it. */
export function watchEnd(request: FastifyRequest, stopping: AbortSignal): EndWatch {
  const abort = new AbortController();
  const { raw } = request;
  const { socket } = raw;
  const giveUp = (reason: OdstError) => {
    if (abort.signal.aborted) return;
    abort.abort(reason);
    raw.destroy();
  };
  const onStop = () => giveUp(new OdstError('COMMON_SERVICE_UNAVAILABLE', 'the server is stopping'));
  const onIdle = () => giveUp(new OdstError('STORAGE_UPLOAD_TRUNCATED', 'the client fell silent'));
  const onClose = () => {
    if (!raw.readableEnded) giveUp(new OdstError('STORAGE_UPLOAD_TRUNCATED', 'the client went away'));
  };
  raw.once('close', onClose);
  stopping.addEventListener('abort', onStop, { once: true });
  if (stopping.aborted) onStop();
  return {
    signal: abort.signal,
    startIdleTimeout: (timeoutMs) => void socket.setTimeout(timeoutMs, onIdle),
    [Symbol.dispose]() {
      socket.setTimeout(0);
      socket.off('timeout', onIdle);
      raw.off('close', onClose);
      stopping.removeEventListener('abort', onStop);
    },
  };
}
