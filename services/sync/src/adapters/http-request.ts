import { type Agent, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps, type Agent as SecureAgent } from 'node:https';
import { OdstError } from '@odst/kernel';

/** A request to a peer. */
export type HttpRequest = {
  readonly method: 'GET' | 'POST';
  /** `http:` or `https:`. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Time for all of it, the body of the answer included. */
  readonly timeoutMs: number;
  /** Longest body of the answer. */
  readonly maxBytes: number;
};

/** The answer, whatever its status: redirects are answers too and are never followed. */
export type HttpAnswer = {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
};

/** Connections that are kept; they never go through a proxy of the environment. */
export type HttpAgents = { readonly http: Agent; readonly https: SecureAgent };

/**
 * Sends a request and reads the answer.
 * @throws OdstError SYNC_PEER_FAILED when there is none in time, or it is too long
 */
export async function sendRequest(agents: HttpAgents, request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
  const timeUp = AbortSignal.timeout(request.timeoutMs);
  try {
    const answer = await open(agents, request, AbortSignal.any([signal, timeUp]));
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: await readBody(answer, request.maxBytes) };
  } catch (error) {
    if (error instanceof OdstError) throw error;
    const reason = timeUp.aborted ? `no answer within ${request.timeoutMs} ms` : reasonOf(error);
    throw new OdstError('SYNC_PEER_FAILED', `${request.url.origin} cannot be reached: ${reason}`, {}, { cause: error });
  }
}

/** Whether a request failed because the peer had closed a connection that was kept for reuse: it was never looked at. */
export function isStaleConnection(error: unknown): boolean {
  return error instanceof OdstError && error.cause instanceof StaleConnection;
}

class StaleConnection extends Error {
  override readonly name = 'StaleConnection';
}

function open(agents: HttpAgents, request: HttpRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const { method, url, headers, body } = request;
  return new Promise((resolve, reject) => {
    const options = { method, signal, headers: { ...headers, 'content-length': String(body.length) } };
    const sent =
      url.protocol === 'https:'
        ? requestHttps(url, { ...options, agent: agents.https })
        : requestHttp(url, { ...options, agent: agents.http });
    sent.once('response', resolve);
    sent.on('error', (error: NodeJS.ErrnoException) => {
      const stale = sent.reusedSocket && error.code === 'ECONNRESET';
      reject(stale ? new StaleConnection('the connection was closed', { cause: error }) : error);
    });
    sent.end(body);
  });
}

async function readBody(answer: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    sizeBytes += part.length;
    if (sizeBytes > maxBytes) {
      answer.destroy();
      throw new OdstError('SYNC_PEER_FAILED', `the peer's answer has more than ${maxBytes} bytes`);
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** The reason in words that an admin can act on: of a failed connection the first of its attempts. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return reasonOf(error.errors[0]);
  return error instanceof Error && error.message !== '' ? error.message : String(error);
}
