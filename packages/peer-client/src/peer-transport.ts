import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { within } from '@odst/async';
import { OdstError } from '@odst/kernel';
import { requestInSpan } from '@odst/telemetry';
import { type PeerErrorCodes, unreachable } from './peer-errors.ts';
import type { PeerAgents } from './trusted-sockets.ts';

/** What a peer may take. A limit on silence suits a slow line; one on the whole suits what others wait for. */
export type PeerLimits = {
  /** Longest time until the answer begins, connecting included, in milliseconds. */
  readonly answerMs: number;
  /** Longest time without a byte of an answer that has begun, in milliseconds. */
  readonly silenceMs: number;
  /** Longest time for all of it, in milliseconds. */
  readonly wholeMs: number;
  /** Longest body of the answer, in bytes. */
  readonly maxBytes: number;
};

/** One try of a request to a peer. */
export type HttpRequest = {
  /** `http:` or `https:`, without a trailing slash. */
  readonly baseUrl: string;
  readonly method: string;
  /** Path and query, sent as they are: they are signed. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly limits: PeerLimits;
};

/** What a peer answered, any status. */
export type HttpAnswer = {
  /** Who answered, as in the request. */
  readonly baseUrl: string;
  readonly status: number;
  /** Names in lower case; a header that came more than once is left out where Node keeps a list of it. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
};

/** Carries requests to peers. Redirects are answers and are never followed. */
export interface PeerTransport {
  /**
   * Sends a request and reads the answer.
   * @throws OdstError `unreachable` without a connection or a whole answer within `maxBytes`; `timeout`
   * @throws StaleConnectionError when the peer had closed a connection that was kept: it never looked at the request
   * @throws the reason of the signal when it aborts
   */
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
}

/** The peer closed a connection that was kept for reuse while a request was on its way. */
export class StaleConnectionError extends Error {
  override readonly name = 'StaleConnectionError';
}

/** Requests by Node's own client, which goes through no proxy of the environment with agents of one's own. */
export function createHttpTransport(agents: PeerAgents, codes: PeerErrorCodes): PeerTransport {
  return {
    async send(request, signal) {
      const { method, baseUrl, target, limits } = request;
      const url = urlOf(baseUrl, target, codes);
      const read = async (headers: HttpRequest['headers'], over: AbortSignal): Promise<HttpAnswer> => {
        const what = `the answer of ${baseUrl}`;
        const options = { signal: over, code: codes.timeout };
        const open = (late: AbortSignal) => openAnswer(agents, { ...request, headers }, late);
        const answer = await within(limits.answerMs, what, open, options);
        try {
          const next = <T>(part: Promise<T>) => within(limits.silenceMs, `the next byte of ${what}`, part, options);
          const status = answer.statusCode ?? 0;
          const body = await readBody(answer, limits.maxBytes, next, { cut: status < 200 || status > 299 });
          return { baseUrl, status, headers: headersOf(answer), body };
        } finally {
          closeAnswer(answer);
        }
      };
      const all = (headers: HttpRequest['headers']) =>
        within(limits.wholeMs, `the answer of ${baseUrl}`, (over) => read(headers, over), { signal, code: codes.timeout });
      try {
        return await requestInSpan(
          { method, url },
          (trace) => all({ ...request.headers, ...trace }),
          ({ status }) => status,
        );
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (error instanceof StaleConnectionError) throw error;
        throw unreachable(baseUrl, error, codes);
      }
    },
  };
}

/** @throws OdstError `unreachable` for a base URL that is none of http or https */
export function urlOf(baseUrl: string, target: string, codes: PeerErrorCodes): URL {
  const url = URL.parse(`${baseUrl}${target}`);
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw new OdstError(codes.unreachable, `the peer's URL ${JSON.stringify(baseUrl)} is none of http or https`);
}

/**
 * Resolves with the answer when its head is there; the body is the caller's to read, and {@link closeAnswer} ends it.
 * @param signal ends the request, the reading of its answer included
 * @throws StaleConnectionError, or whatever the system says
 */
export async function openAnswer(
  agents: PeerAgents,
  { baseUrl, method, target, headers, body }: Omit<HttpRequest, 'limits'>,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const base = new URL(baseUrl);
  agents.assertAllowed(base);
  const options = {
    method,
    path: `${base.pathname.replace(/\/$/, '')}${target}`,
    headers: { ...headers, 'content-length': String(body.length) },
    signal,
  };
  return await new Promise((resolve, reject) => {
    const sent =
      base.protocol === 'https:'
        ? requestHttps(base, { ...options, agent: agents.https })
        : requestHttp(base, { ...options, agent: agents.http });
    sent.once('response', resolve);
    sent.on('error', (error: NodeJS.ErrnoException) => {
      const stale = sent.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      reject(stale ? new StaleConnectionError('a kept connection was closed', { cause: error }) : error);
    });
    sent.end(body);
  });
}

/** Ends an answer: what was read to its end leaves a connection that is kept, what was not closes it. */
export function closeAnswer(answer: IncomingMessage): void {
  // An error of an abandoned answer is nobody's any more, but without a listener it would end the process.
  if (!answer.readableEnded) answer.on('error', () => undefined).destroy();
}

/** The headers that came once. */
export function headersOf(answer: IncomingMessage): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(answer.headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}

/**
 * Reads a body.
 * @param next limits how long each part of it may take
 * @param cut whether only the beginning of a longer one is wanted, as of a page that says why something was refused
 * @throws Error beyond `maxBytes`, unless it is cut
 */
export async function readBody(
  answer: AsyncIterable<Buffer>,
  maxBytes: number,
  next: <T>(part: Promise<T>) => Promise<T>,
  { cut }: { readonly cut: boolean },
): Promise<Buffer> {
  const parts: Buffer[] = [];
  const source = answer[Symbol.asyncIterator]();
  let sizeBytes = 0;
  for (let part = await next(source.next()); part.done !== true; part = await next(source.next())) {
    sizeBytes += part.value.length;
    if (sizeBytes > maxBytes && !cut) throw new Error(`its answer has more than ${maxBytes} bytes`);
    parts.push(part.value);
    if (sizeBytes > maxBytes) break;
  }
  return Buffer.concat(parts);
}
