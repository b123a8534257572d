import { type IncomingMessage, validateHeaderValue } from 'node:http';
import { startSilenceLimit, within } from '@odst/async';
import { chunkSizeBytes, isOdstError, OdstError } from '@odst/kernel';
import { requestInSpan } from '@odst/telemetry';
import { type PeerErrorCodes, unreachable } from './peer-errors.ts';
import { refusalOf } from './peer-refusals.ts';
import { closeAnswer, headersOf, openAnswer, readBody, StaleConnectionError, urlOf } from './peer-transport.ts';
import { createRangeConnections, type RangeConnection, type RangeConnections } from './range-connection.ts';
import type { ResponseHead } from './response-head.ts';
import type { TrustedSockets } from './trusted-sockets.ts';

/** Which bytes of a peer. */
export type RangeRequest = {
  readonly baseUrl: string;
  /** Path and query. */
  readonly target: string;
  /** Value of the header `Authorization`, good for many requests. */
  readonly authorization: string;
  /** First byte, and the one after the last. */
  readonly start: number;
  readonly end: number;
  /** Longest time until the answer begins, connecting included, in milliseconds. Default 30 s. */
  readonly answerMs?: number;
  /** Longest time in which the peer sends a MiB, in milliseconds. Default 60 s. */
  readonly mebibyteMs?: number;
};

/** Bytes that a peer sends. Disposing it early gives them up. */
export interface PeerRange extends Disposable {
  /**
   * Reads it, once: `take` gets a MiB at a time, the last one shorter, and nothing more is read before it has resolved; the
   * bytes are valid until then.
   * @throws OdstError `unreachable` when they end early, `timeout` when they do not come; the reason of the request's signal
   *   when it aborts; whatever `take` throws
   */
  read(take: (bytes: Uint8Array) => Promise<void>): Promise<void>;
}

/** Ranges of peers. Disposing closes the connections that are kept; those in use are their users'. */
export interface PeerRanges extends Disposable {
  /** @throws OdstError `unreachable`, `timeout`, `refused`; the reason of the signal when it aborts */
  open(request: RangeRequest, signal: AbortSignal): Promise<PeerRange>;
}

/** A request with what it is worked on with. */
type Asked = Required<RangeRequest> & {
  readonly url: URL;
  readonly codes: PeerErrorCodes;
  readonly signal: AbortSignal;
};

/** Longest refusal that is read, in bytes. */
const longestRefusalBytes = 65_536;

/**
 * Builds the reader. It asks over a connection of its own, which understands one answer: a 206 of exactly this range with its
 * length. Any other is asked for again with Node's client, which understands whatever a proxy makes of it.
 */
export function createPeerRanges(sockets: TrustedSockets, codes: PeerErrorCodes): PeerRanges {
  const connections = createRangeConnections(sockets);
  return {
    async open(request, signal) {
      const url = urlOf(request.baseUrl, request.target, codes);
      try {
        sockets.agents.assertAllowed(url);
      } catch (error) {
        throw unreachable(request.baseUrl, error, codes);
      }
      const asked: Asked = { answerMs: 30_000, mebibyteMs: 60_000, ...request, url, codes, signal };
      return (await openPlainRange(connections, asked)) ?? (await openAnyRange(sockets, asked));
    },
    [Symbol.dispose]: () => connections[Symbol.dispose](),
  };
}

/** The range over a connection of its own; undefined for an answer that it does not understand. */
async function openPlainRange(connections: RangeConnections, asked: Asked): Promise<PeerRange | undefined> {
  const { baseUrl, url, answerMs, codes, signal } = asked;
  for (;;) {
    const { connection, reused } = connections.take(url);
    const ask = (trace: Readonly<Record<string, string>>) =>
      within(answerMs, `the answer of ${baseUrl}`, () => connection.ask(requestText(asked, trace['traceparent'])), {
        signal,
        code: codes.timeout,
      });
    try {
      const head = await requestInSpan({ method: 'GET', url }, ask, ({ statusCode }) => statusCode);
      if (isWhatWasAskedFor(head, asked)) return rangeOf(connections, connection, head, asked);
      connection[Symbol.dispose]();
      return undefined;
    } catch (error) {
      connection[Symbol.dispose]();
      if (signal.aborted) throw signal.reason;
      // The peer had closed a connection that was kept: it never looked at the request.
      if (!reused || isOdstError(error)) throw unreachable(baseUrl, error, codes);
    }
  }
}

function requestText({ url, authorization, start, end }: Asked, traceparent: string | undefined): string {
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

function isWhatWasAskedFor({ statusCode, headers }: ResponseHead, { start, end }: Asked): boolean {
  return (
    statusCode === 206 &&
    headers.get('content-range')?.startsWith(`bytes ${start}-${end - 1}/`) === true &&
    headers.get('content-length') === String(end - start) &&
    !headers.has('transfer-encoding') &&
    !headers.has('content-encoding')
  );
}

function rangeOf(connections: RangeConnections, connection: RangeConnection, head: ResponseHead, asked: Asked): PeerRange {
  const { url, start, end } = asked;
  let complete = false;
  return {
    async read(take) {
      using silence = limitSilence(connection, asked);
      for (let at = start; at < end; at += chunkSizeBytes) {
        const length = Math.min(chunkSizeBytes, end - at);
        await take(await silence.during(() => connection.read(length)));
      }
      complete = true;
    },
    [Symbol.dispose]() {
      const more = /\bclose\b/i.test(head.headers.get('connection') ?? '') || !connection.drained;
      if (complete && connection.open && !more) connections.giveBack(url, connection);
      else connection[Symbol.dispose]();
    },
  };
}

/**
 * Closes a connection whose peer does not send a MiB in time, or when the signal aborts. One timer and one listener serve all of a
 * range: `within`, with an error and a signal for each MiB, would take a tenth more of the processor.
 */
function limitSilence(connection: RangeConnection, { baseUrl, mebibyteMs, codes, signal }: Asked) {
  const late = `a MiB of ${baseUrl} took longer than ${mebibyteMs} ms`;
  let waiting = false;
  const silence = startSilenceLimit(mebibyteMs, () => {
    if (waiting) connection.destroy(new OdstError(codes.timeout, late));
  });
  const giveUp = () => connection.destroy(new Error('given up'));
  signal.addEventListener('abort', giveUp);
  return {
    /** Waits for the next MiB. */
    async during<T>(read: () => Promise<T>): Promise<T> {
      waiting = true;
      silence.heard();
      try {
        signal.throwIfAborted();
        return await read();
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        throw unreachable(baseUrl, error, codes);
      } finally {
        waiting = false;
      }
    },
    [Symbol.dispose]() {
      silence[Symbol.dispose]();
      signal.removeEventListener('abort', giveUp);
    },
  };
}

/** Waits for the next part of an answer that Node's client reads. */
async function nextBytes<T>(bytes: Promise<T>, { baseUrl, mebibyteMs, codes, signal }: Asked): Promise<T> {
  try {
    return await within(mebibyteMs, `a MiB of ${baseUrl}`, bytes, { signal, code: codes.timeout });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw unreachable(baseUrl, error, codes);
  }
}

/** The range in whatever form Node's client understands. */
async function openAnyRange({ agents }: TrustedSockets, asked: Asked): Promise<PeerRange> {
  const { baseUrl, target, authorization, start, end, codes } = asked;
  const answer = await openStream(agents, asked, { authorization, range: `bytes=${start}-${end - 1}` });
  if (answer.statusCode === 206 && answer.headers['content-range']?.startsWith(`bytes ${start}-${end - 1}/`)) {
    return streamedRange(answer, asked);
  }
  try {
    const body = await readBody(answer, longestRefusalBytes, (part) => nextBytes(part, asked), { cut: true });
    throw refusalOf({ baseUrl, status: answer.statusCode ?? 0, headers: headersOf(answer), body }, target, codes);
  } finally {
    closeAnswer(answer);
  }
}

async function openStream(
  agents: TrustedSockets['agents'],
  asked: Asked,
  headers: Readonly<Record<string, string>>,
): Promise<IncomingMessage> {
  const { baseUrl, target, url, answerMs, codes, signal } = asked;
  const get = { baseUrl, method: 'GET', target, body: new Uint8Array(0) };
  const ask = (trace: Readonly<Record<string, string>>) =>
    within(
      answerMs,
      `the answer of ${baseUrl}`,
      (late) => openAnswer(agents, { ...get, headers: { ...headers, ...trace } }, late),
      {
        signal,
        code: codes.timeout,
      },
    );
  for (;;) {
    try {
      return await requestInSpan({ method: 'GET', url }, ask, ({ statusCode }) => statusCode);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (!(error instanceof StaleConnectionError)) throw unreachable(baseUrl, error, codes);
    }
  }
}

function streamedRange(answer: IncomingMessage, asked: Asked): PeerRange {
  const chunks = inMebibytes(answer);
  return {
    async read(take) {
      for (let next = await nextBytes(chunks.next(), asked); next.done !== true; next = await nextBytes(chunks.next(), asked)) {
        await take(next.value);
      }
    },
    [Symbol.dispose]: () => closeAnswer(answer),
  };
}

async function* inMebibytes(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const memory = new Uint8Array(chunkSizeBytes);
  let filled = 0;
  for await (const part of source) {
    for (let at = 0; at < part.length; ) {
      const length = Math.min(part.length - at, chunkSizeBytes - filled);
      memory.set(part.subarray(at, at + length), filled);
      at += length;
      filled += length;
      if (filled < chunkSizeBytes) continue;
      yield memory;
      filled = 0;
    }
  }
  if (filled > 0) yield memory.subarray(0, filled);
}
