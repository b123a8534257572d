import { type Agent, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps, type Agent as SecureAgent } from 'node:https';
import { OdstError } from '@odst/kernel';
import { requestInSpan } from '@odst/telemetry';

/** Connections that are kept; they never go through a proxy of the environment. */
export type PeerAgents = { readonly http: Agent; readonly https: SecureAgent };

/** A GET to a peer. */
export type PeerGet = {
  readonly baseUrl: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Longest silence of the peer before its answer. */
  readonly idleTimeoutMs: number;
};

/**
 * Sends a GET and resolves with the answer when its header is there; the body is the caller's to read. Redirects are
 * answers too and are never followed.
 * @throws OdstError STORAGE_PEER_FAILED when there is no answer
 */
export function getFromPeer(agents: PeerAgents, request: PeerGet, signal: AbortSignal): Promise<IncomingMessage> {
  return attempt(agents, request, signal).catch((error: unknown) => {
    // The peer had closed a connection that was kept: it never looked at the request.
    if (error instanceof StaleConnection && !signal.aborted)
      return attempt(agents, request, signal).catch(unreachable(request, signal));
    return unreachable(request, signal)(error);
  });
}

class StaleConnection extends Error {
  override readonly name = 'StaleConnection';
}

function attempt(agents: PeerAgents, get: PeerGet, signal: AbortSignal): Promise<IncomingMessage> {
  const { baseUrl, target } = get;
  const url = URL.parse(`${baseUrl}${target}`);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new OdstError('STORAGE_PEER_FAILED', `the peer's URL ${JSON.stringify(baseUrl)} is none of http or https`);
  }
  return requestInSpan(
    { method: 'GET', url },
    (trace) => send(agents, url, { ...get, headers: { ...get.headers, ...trace } }, signal),
    ({ statusCode }) => statusCode,
  );
}

function send(agents: PeerAgents, url: URL, { headers, idleTimeoutMs }: PeerGet, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options = { method: 'GET', headers, signal, timeout: idleTimeoutMs };
    const sent =
      url.protocol === 'https:'
        ? requestHttps(url, { ...options, agent: agents.https })
        : requestHttp(url, { ...options, agent: agents.http });
    sent.once('response', (answer) => {
      // From now on it may wait until it is read; the reader minds how long it takes then.
      sent.setTimeout(0);
      resolve(answer);
    });
    sent.on('timeout', () => sent.destroy(new Error(`no byte for ${idleTimeoutMs} ms`)));
    sent.on('error', (error: NodeJS.ErrnoException) => {
      const stale = sent.reusedSocket && error.code === 'ECONNRESET';
      reject(stale ? new StaleConnection('the connection was closed', { cause: error }) : error);
    });
    sent.end();
  });
}

function unreachable({ baseUrl }: PeerGet, signal: AbortSignal) {
  return (error: unknown): never => {
    if (signal.aborted) throw signal.reason;
    if (error instanceof OdstError) throw error;
    throw new OdstError('STORAGE_PEER_FAILED', `${baseUrl} cannot be reached: ${reasonOf(error)}`, {}, { cause: error });
  };
}

/** The reason in words that an admin can act on: of a failed connection the first of its attempts. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return reasonOf(error.errors[0]);
  return error instanceof Error && error.message !== '' ? error.message : String(error);
}
