import { createHash } from 'node:crypto';
import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { getCACertificates } from 'node:tls';
import type { TrustServiceService } from '@odst/contracts/registration';
import type { ServiceClient } from '@odst/grpc';
import { OdstError } from '@odst/kernel';
import { requestInSpan } from '@odst/telemetry';
import type { PeerServers } from '../app/ports.ts';
import { parseChangesPage } from './changes-page.ts';
import { type HttpAgents, type HttpAnswer, isStaleConnection, sendRequest } from './http-request.ts';

/** What the adapter needs. */
export type HttpPeerServersOptions = {
  /** Signs the requests. */
  readonly trust: Pick<ServiceClient<typeof TrustServiceService>, 'signRequest' | 'reportPeerTime'>;
  /** Private CA of peers, PEM; added to the system's ones. Default none. */
  readonly peerCa?: string;
};

type PeerRequest = {
  readonly peerIss: string;
  readonly method: 'GET' | 'POST';
  /** Path and query. */
  readonly target: string;
  readonly timeoutMs: number;
  readonly maxBytes: number;
};

const longestPageBytes = 16 * 1_048_576;
const longestProblemBytes = 64 * 1_024;
const answerLimitMs = 10_000;
const hintLimitMs = 5_000;
const noBody = new Uint8Array(0);
const sha256OfNothing = createHash('sha256').digest('hex');

/** Builds the HTTP client of peers. Disposing closes its connections. */
export function createHttpPeerServers({ trust, peerCa }: HttpPeerServersOptions): PeerServers & Disposable {
  const agents: HttpAgents = {
    http: new Agent({ keepAlive: true }),
    https: new SecureAgent({
      keepAlive: true,
      ...(peerCa === undefined ? {} : { ca: [...getCACertificates('default'), peerCa] }),
    }),
  };

  /** Signs and sends; each signature is good for one request. */
  const sendOnce = async (request: PeerRequest, signal: AbortSignal) => {
    const { peerIss, method, target, timeoutMs, maxBytes } = request;
    const signed = await trust.signRequest({ peerIss, method, target, bodySha256: sha256OfNothing }, { signal });
    const url = urlOf(signed.baseUrl, target);
    const headers = { authorization: signed.authorization, accept: 'application/json' };
    const answer = await requestInSpan(
      { method, url },
      (trace) =>
        sendRequest(agents, { method, url, headers: { ...headers, ...trace }, body: noBody, timeoutMs, maxBytes }, signal),
      ({ status }) => status,
    );
    return { answer, authorization: signed.authorization };
  };

  /** Sends; where the peer had closed the kept connection meanwhile, again on a new one. */
  const sendFresh = async (request: PeerRequest, signal: AbortSignal) => {
    try {
      return await sendOnce(request, signal);
    } catch (error) {
      if (signal.aborted || !isStaleConnection(error)) throw error;
      return sendOnce(request, signal);
    }
  };

  /** Sends; where the peer refuses for its clock, learns its time and tries once more. */
  const send = async (request: PeerRequest, signal: AbortSignal): Promise<HttpAnswer> => {
    const { answer, authorization } = await sendFresh(request, signal);
    const signedTime = answer.headers['odst-time'];
    if (answer.status !== 401 || typeof signedTime !== 'string' || signedTime === '') return answer;
    await trust.reportPeerTime({ peerIss: request.peerIss, signedTime, authorization }, { signal }).catch((error: unknown) => {
      throw new OdstError(
        'SYNC_PEER_FAILED',
        "the peer's clock differs, and what it says of its time is not to be trusted",
        {},
        { cause: error },
      );
    });
    return (await sendOnce(request, signal)).answer;
  };

  return {
    async readChanges({ peerIss, after, waitMs, limit }, signal) {
      const waitSeconds = Math.floor(waitMs / 1_000);
      const query = new URLSearchParams({ after, wait: String(waitSeconds), limit: String(limit) });
      const answer = await send(
        {
          peerIss,
          method: 'GET',
          target: `/api/ods/v1/changes?${query.toString()}`,
          timeoutMs: waitMs + answerLimitMs,
          maxBytes: longestPageBytes,
        },
        signal,
      );
      if (answer.status !== 200) throw refused(answer);
      return parseChangesPage(answer.body, limit);
    },
    async hint(peerIss, signal) {
      const target = '/api/ods/v1/hint';
      const limits = { timeoutMs: hintLimitMs, maxBytes: longestProblemBytes };
      const answer = await send({ peerIss, method: 'POST', target, ...limits }, signal);
      if (answer.status < 200 || answer.status > 299) throw refused(answer);
    },
    [Symbol.dispose]() {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

function urlOf(baseUrl: string, target: string): URL {
  const url = URL.parse(`${baseUrl}${target}`);
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw new OdstError('SYNC_PEER_FAILED', `the peer's URL ${JSON.stringify(baseUrl)} is none of http or https`);
}

/** What a refusal says, cut to a length that logs and pages can show. */
function refused({ status, body }: HttpAnswer): OdstError {
  return new OdstError('SYNC_PEER_FAILED', `the peer answered ${status}${problemOf(body)}`, { status });
}

function problemOf(body: Buffer): string {
  try {
    const { code, detail } = JSON.parse(body.subarray(0, longestProblemBytes).toString('utf8')) as Record<string, unknown>;
    const words = [code, detail].filter((word) => typeof word === 'string').join(': ');
    return words === '' ? '' : ` (${words.replace(/\p{Cc}/gu, ' ').slice(0, 300)})`;
  } catch {
    return '';
  }
}
