import * as http from 'node:http';
import * as https from 'node:https';
import { getCACertificates } from 'node:tls';
import { isOdstError, OdstError } from '@odst/kernel';
import { requestInSpan } from '@odst/telemetry';
import type { PeerAnswer, PeerHttp, PeerRequest } from '../app/ports.ts';

const mostAnswerBytes = 65_536;

/** Of {@link createPeerHttp}. */
export type PeerHttpOptions = {
  /** Private CA of peers, PEM; added to the system's ones. Default none. */
  readonly peerCa?: string;
};

/**
 * HTTP by Node's own client: it follows no redirect, and with agents of its own it asks no proxy of the environment.
 * Connections are not kept: calls are rare, and a kept one that died would cost a try.
 */
export function createPeerHttp(options: PeerHttpOptions = {}): PeerHttp & Disposable {
  const { peerCa } = options;
  const ca = peerCa === undefined ? {} : { ca: [...getCACertificates('default'), peerCa] };
  const agents = { http: new http.Agent({ keepAlive: false }), https: new https.Agent({ keepAlive: false, ...ca }) };
  return {
    async send(request) {
      const signal = AbortSignal.timeout(request.timeoutMs);
      try {
        const { method, baseUrl, target, headers } = request;
        return await requestInSpan(
          { method, url: new URL(target, baseUrl) },
          (trace) => exchange({ ...request, headers: { ...headers, ...trace } }, agents, signal),
          ({ status }) => status,
        );
      } catch (error) {
        if (isOdstError(error)) throw error;
        const { baseUrl, timeoutMs } = request;
        if (signal.aborted) {
          throw new OdstError(
            'REGISTRATION_PEER_TIMEOUT',
            `${baseUrl} did not answer within ${timeoutMs / 1_000} s`,
            {},
            { cause: error },
          );
        }
        throw new OdstError('REGISTRATION_PEER_UNREACHABLE', `${baseUrl}: ${reasonOf(error)}`, {}, { cause: error });
      }
    },
    [Symbol.dispose]() {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

type Agents = { readonly http: http.Agent; readonly https: https.Agent };

function exchange(request: PeerRequest, agents: Agents, signal: AbortSignal): Promise<PeerAnswer> {
  const url = new URL(request.baseUrl);
  const headers = { ...request.headers, 'content-length': String(request.body.length) };
  const options = { method: request.method, path: request.target, headers, signal };
  return new Promise((resolve, reject) => {
    const outgoing =
      url.protocol === 'https:'
        ? https.request(url, { ...options, agent: agents.https })
        : http.request(url, { ...options, agent: agents.http });
    outgoing.once('error', reject);
    outgoing.once('response', (response) => {
      readBody(response).then(
        (body) => resolve({ status: response.statusCode ?? 0, headers: headersOf(response), body }),
        reject,
      );
    });
    outgoing.end(request.body);
  });
}

async function readBody(response: http.IncomingMessage): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    sizeBytes += part.length;
    if (sizeBytes > mostAnswerBytes) throw new Error(`the answer has more than ${mostAnswerBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function headersOf(response: http.IncomingMessage): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(response.headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}

/** What an admin can act on: the system's code, as ECONNREFUSED or CERT_HAS_EXPIRED, before anything longer. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
