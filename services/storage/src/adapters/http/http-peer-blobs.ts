import { Agent, type IncomingMessage } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { getCACertificates } from 'node:tls';
import { OdstError } from '@odst/kernel';
import type { PeerBlobs, TrustPort } from '../../app/ports.ts';
import { rangeOfAnswer } from './answered-range.ts';
import { createPeerConnections } from './peer-connections.ts';
import { openPeerRange } from './peer-range.ts';
import { getFromPeer, type PeerAgents } from './peer-request.ts';

/** What the adapter needs. */
export type HttpPeerBlobsOptions = {
  /** Signs the requests for manifests. */
  readonly trust: Pick<TrustPort, 'signRequest' | 'reportPeerTime'>;
  /** Private CA of peers, PEM; added to the system's ones. Default none. */
  readonly peerCa?: string;
  /** Longest silence of a peer before it answers. Default 30 s. */
  readonly idleTimeoutMs?: number;
};

/** A manifest of the largest file that is allowed by default is 3.4 MB; this is one of a file of 1 TiB. */
const longestManifestBytes = 56 * 1_048_576;
const longestProblemBytes = 65_536;
/** Time for the whole of a manifest or a refusal. */
const bodyLimitMs = 60_000;

/** Builds the client of the data planes of peers. Disposing closes its connections. */
export function createHttpPeerBlobs({ trust, peerCa, idleTimeoutMs = 30_000 }: HttpPeerBlobsOptions): PeerBlobs & Disposable {
  const ca = peerCa === undefined ? undefined : [...getCACertificates('default'), peerCa];
  const agents: PeerAgents = {
    http: new Agent({ keepAlive: true }),
    https: new SecureAgent({ keepAlive: true, ...(ca === undefined ? {} : { ca }) }),
  };
  const connections = createPeerConnections(ca);
  const baseUrls = new Map<string, string>();

  const askForManifest = async (peerIss: string, sha256: string, signal: AbortSignal) => {
    const target = `/api/ods/v1/blobs/${sha256}/manifest`;
    const { authorization, baseUrl } = await trust.signRequest({ peerIss, method: 'GET', target });
    baseUrls.set(peerIss, baseUrl);
    const answer = await getFromPeer(agents, { baseUrl, target, headers: { authorization }, idleTimeoutMs }, signal);
    return { answer, authorization };
  };

  return {
    async fetchManifest(peerIss, sha256, signal) {
      let { answer, authorization } = await askForManifest(peerIss, sha256, signal);
      const signedTime = answer.headers['odst-time'];
      if (answer.statusCode === 401 && typeof signedTime === 'string') {
        answer.resume();
        await trust.reportPeerTime({ peerIss, signedTime, authorization });
        ({ answer } = await askForManifest(peerIss, sha256, signal));
      }
      if (answer.statusCode !== 200) throw await refused(answer);
      const grant = answer.headers['odst-grant'];
      if (typeof grant !== 'string') {
        answer.destroy();
        throw new OdstError('STORAGE_PEER_FAILED', 'the peer gave no grant');
      }
      return { bytes: await readBody(answer, longestManifestBytes), grant };
    },
    async fetchRange({ peerIss, sha256, grant, start, end }, signal) {
      const baseUrl = baseUrls.get(peerIss);
      if (baseUrl === undefined) throw new Error('fetchManifest comes before fetchRange');
      const target = `/api/ods/v1/blobs/${sha256}`;
      const authorization = `Grant ${grant}`;
      const range = await openPeerRange(connections, { baseUrl, target, authorization, start, end, idleTimeoutMs }, signal);
      if (range !== undefined) return range;
      // Something else than these bytes, or in a form that a proxy gave them.
      const headers = { authorization, range: `bytes=${start}-${end - 1}` };
      const answer = await getFromPeer(agents, { baseUrl, target, headers, idleTimeoutMs }, signal);
      if (answer.statusCode === 206 && answer.headers['content-range']?.startsWith(`bytes ${start}-${end - 1}/`))
        return rangeOfAnswer(answer, signal);
      throw await refused(answer);
    },
    [Symbol.dispose]() {
      connections[Symbol.dispose]();
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

/** What a refusal says, cut to a length that logs and pages can show. */
async function refused(answer: IncomingMessage): Promise<OdstError> {
  const status = answer.statusCode ?? 0;
  let words = '';
  let code: unknown;
  try {
    const problem = JSON.parse((await readBody(answer, longestProblemBytes)).toString('utf8')) as Record<string, unknown>;
    code = problem['code'];
    words = [code, problem['detail']].filter((word) => typeof word === 'string').join(': ');
  } catch {
    answer.destroy(); // not a problem document: the status is all there is
  }
  const told = words === '' ? '' : ` (${words.replace(/\p{Cc}/gu, ' ').slice(0, 300)})`;
  if (status === 401 && code === 'STORAGE_GRANT_INVALID')
    return new OdstError('STORAGE_GRANT_INVALID', `the grant is over${told}`);
  return new OdstError('STORAGE_PEER_FAILED', `the peer answered ${status}${told}`, { status });
}

async function readBody(answer: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const limit = setTimeout(() => answer.destroy(new Error(`no end within ${bodyLimitMs} ms`)), bodyLimitMs);
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const part of answer as AsyncIterable<Buffer>) {
      sizeBytes += part.length;
      if (sizeBytes > maxBytes) throw new OdstError('STORAGE_PEER_FAILED', `the peer's answer has more than ${maxBytes} bytes`);
      parts.push(part);
    }
  } catch (error) {
    answer.destroy();
    if (error instanceof OdstError) throw error;
    throw new OdstError('STORAGE_PEER_FAILED', "the peer's answer ended early", {}, { cause: error });
  } finally {
    clearTimeout(limit);
  }
  return Buffer.concat(parts);
}
