import { validateHeaderValue } from 'node:http';
import { chunkSizeBytes, OdstError } from '@odst/kernel';
import { requestInSpan } from '@odst/telemetry';
import type { PeerRange } from '../../app/ports.ts';
import type { PeerConnection } from './peer-connection.ts';
import type { PeerConnections } from './peer-connections.ts';
import { reasonOf } from './peer-request.ts';
import type { ResponseHead } from './response-head.ts';

/** Time in which a peer has to send a chunk of 1 MiB. */
export const longestSilenceMs = 60_000;

/** Which bytes of a peer's blob. */
export type RangeRequest = {
  readonly baseUrl: string;
  /** Path and query. */
  readonly target: string;
  readonly authorization: string;
  /** First byte, and the one after the last. */
  readonly start: number;
  readonly end: number;
  /** Longest silence of the peer before its answer. */
  readonly idleTimeoutMs: number;
};

/**
 * Asks for a range over a connection of its own. Understands one answer, a 206 of exactly this range with its length;
 * undefined for any other, which is to be asked for again with a client that understands them all.
 * @throws OdstError STORAGE_PEER_FAILED when there is no answer
 */
export async function openPeerRange(
  connections: PeerConnections,
  request: RangeRequest,
  signal: AbortSignal,
): Promise<PeerRange | undefined> {
  const url = new URL(`${request.baseUrl}${request.target}`);
  for (;;) {
    const { connection, reused } = connections.take(url);
    try {
      const head = await requestInSpan(
        { method: 'GET', url },
        ({ traceparent }) =>
          within(connection, request.idleTimeoutMs, signal, () => connection.ask(requestText(url, request, traceparent))),
        ({ statusCode }) => statusCode,
      );
      if (isWhatWasAskedFor(head, request)) return rangeOf(connections, { url, connection, head, ...request }, signal);
      connection[Symbol.dispose]();
      return undefined;
    } catch (error) {
      connection[Symbol.dispose]();
      if (signal.aborted) throw signal.reason;
      if (error instanceof OdstError) throw error;
      // The peer had closed a connection that was kept: it never looked at the request.
      if (!reused) throw unreachable(request.baseUrl, error);
    }
  }
}

function requestText(url: URL, { authorization, start, end }: RangeRequest, traceparent: string | undefined): string {
  validateHeaderValue('authorization', authorization);
  const lines = [
    `GET ${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${url.host}`,
    `Authorization: ${authorization}`,
    `Range: bytes=${start}-${end - 1}`,
    ...(traceparent === undefined ? [] : [`Traceparent: ${traceparent}`]),
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function isWhatWasAskedFor({ statusCode, headers }: ResponseHead, { start, end }: RangeRequest): boolean {
  return (
    statusCode === 206 &&
    headers.get('content-range')?.startsWith(`bytes ${start}-${end - 1}/`) === true &&
    headers.get('content-length') === String(end - start) &&
    !headers.has('transfer-encoding') &&
    !headers.has('content-encoding')
  );
}

type OpenRange = RangeRequest & { readonly url: URL; readonly connection: PeerConnection; readonly head: ResponseHead };

function rangeOf(connections: PeerConnections, open: OpenRange, signal: AbortSignal): PeerRange {
  const { url, connection, head, start, end } = open;
  let complete = false;
  return {
    async read(take) {
      try {
        for (let at = start; at < end; at += chunkSizeBytes) {
          const length = Math.min(chunkSizeBytes, end - at);
          await take(await within(connection, longestSilenceMs, signal, () => connection.read(length)));
        }
        complete = true;
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (error instanceof OdstError || connection.open) throw error;
        throw new OdstError('STORAGE_PEER_FAILED', 'the peer ended the bytes early', {}, { cause: error });
      }
    },
    [Symbol.dispose]() {
      const more = /\bclose\b/i.test(head.headers.get('connection') ?? '') || !connection.drained;
      if (complete && connection.open && !more) connections.giveBack(url, connection);
      else connection[Symbol.dispose]();
    },
  };
}

/** Waits for a connection; it is destroyed when that takes too long, or the signal aborts, and the wait ends with it. */
async function within<T>(connection: PeerConnection, ms: number, signal: AbortSignal, wait: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const abort = () => connection.destroy(new Error('given up'));
  const silence = setTimeout(() => {
    connection.destroy(new OdstError('STORAGE_PEER_FAILED', `the peer sent less than it should in ${ms} ms`));
  }, ms);
  signal.addEventListener('abort', abort);
  try {
    return await wait();
  } finally {
    clearTimeout(silence);
    signal.removeEventListener('abort', abort);
  }
}

function unreachable(baseUrl: string, error: unknown): OdstError {
  return new OdstError('STORAGE_PEER_FAILED', `${baseUrl} cannot be reached: ${reasonOf(error)}`, {}, { cause: error });
}
