import type { IncomingMessage } from 'node:http';
import { backgroundTimers } from '@odst/async';

/** How much of a refused body is read for politeness. */
export type LingerLimits = { readonly maxBytes: number; readonly timeoutMs: number };

const defaults: LingerLimits = { maxBytes: 16 * 1_048_576, timeoutMs: 5_000 };

/**
 * Deals with the rest of a body whose request was answered already. Closing the connection at once would make the
 * client's system throw the answer away (RFC 9112 §9.6), reading on for ever would take bytes for nothing: so a bounded
 * amount is read and dropped, then the connection ends.
 */
export function lingerOver(request: IncomingMessage, { maxBytes, timeoutMs }: LingerLimits = defaults): void {
  if (request.readableEnded || request.destroyed) return;
  let bytes = 0;
  const end = () => request.destroy();
  const limit = backgroundTimers.after(timeoutMs, end);
  request.unpipe();
  request.removeAllListeners('data');
  request.on('data', (piece: Uint8Array) => {
    bytes += piece.length;
    if (bytes > maxBytes) end();
  });
  request.once('close', () => limit[Symbol.dispose]());
  request.on('error', () => undefined);
  request.resume();
}
