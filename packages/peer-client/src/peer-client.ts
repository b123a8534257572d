import { isOdstError, OdstError } from '@odst/kernel';
import type { PeerErrorCodes } from './peer-errors.ts';
import { createPeerRanges, type PeerRange, type RangeRequest } from './peer-ranges.ts';
import { refusalOf, strangerWords } from './peer-refusals.ts';
import {
  createHttpTransport,
  type HttpAnswer,
  type PeerLimits,
  type PeerTransport,
  StaleConnectionError,
} from './peer-transport.ts';
import type { Signer } from './signer.ts';
import { createTrustedSockets } from './trusted-sockets.ts';

/** A request to a peer. */
export type PeerRequest = {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** Sent as JSON. Default no body. */
  readonly json?: unknown;
  /** Default 10 s for an answer, 10 s for silence, 60 s for the whole, 64 KiB. */
  readonly limits?: Partial<PeerLimits>;
  /**
   * Whether it does no harm when the peer gets it twice, so that it is sent again where a kept connection broke. Default what
   * HTTP says of the method (RFC 9110 §9.2.2): true but for POST and PATCH.
   */
  readonly repeatable?: boolean;
  /** Header, in lower case, that each answer of success has: who leaves it out is no such server. Default none. */
  readonly answerHeader?: string;
};

/** How a request is sent. */
export type SendOptions = {
  /** Who signs each try of it. */
  readonly signer: Signer;
  /** Gives the request up. Default never. */
  readonly signal?: AbortSignal;
};

/** Calls of this server to its peers: signed, limited, repaired where only the clocks differ. Disposing closes its connections. */
export interface PeerClient extends Disposable {
  /**
   * Sends a request, signed for this try alone. Where the peer refuses it for its time and tells its own, signed, in
   * `ODST-Time`, that is learnt and the request is signed and sent once more.
   * @returns the answer, of a status from 200 to 299
   * @throws OdstError `unreachable`, also for a page of HTML, `timeout`, `refused` as {@link PeerErrorCodes} names them; what the
   *   signer throws
   * @throws the reason of the signal when it aborts
   */
  send(peerIss: string, request: PeerRequest, options: SendOptions): Promise<HttpAnswer>;
  /**
   * Asks for a range of a peer's bytes under an authorisation that is good more than once.
   * @throws OdstError as `send`; the reason of the signal when it aborts
   */
  openRange(request: RangeRequest, signal: AbortSignal): Promise<PeerRange>;
}

/** Which peers a client reaches. */
export type PeerOptions = {
  /** Private CA of peers, PEM; trusted beside the system's ones. Default none. */
  readonly peerCa?: string;
  /** Whether other servers may be on this machine. Default true */
  readonly allowLoopback?: boolean;
};

/** The options among what a service is given. */
export function peerOptionsOf({ peerCa, allowLoopback }: PeerOptions): PeerOptions {
  return { ...(peerCa !== undefined && { peerCa }), ...(allowLoopback !== undefined && { allowLoopback }) };
}

/** Of {@link createPeerClient}. */
export type PeerClientOptions = PeerOptions & {
  readonly codes: PeerErrorCodes;
  /** Carries the requests of `send`. Default Node's HTTP client. */
  readonly transport?: PeerTransport;
};

const defaultLimits: PeerLimits = { answerMs: 10_000, silenceMs: 10_000, wholeMs: 60_000, maxBytes: 65_536 };
const noBody = new Uint8Array(0);

const lacks = ({ headers }: HttpAnswer, header: string | undefined) => header !== undefined && headers[header] === undefined;

/** Builds the client. */
export function createPeerClient({ codes, peerCa, allowLoopback = true, transport }: PeerClientOptions): PeerClient {
  const sockets = createTrustedSockets(peerCa, allowLoopback);
  const { send } = transport ?? createHttpTransport(sockets.agents, codes);
  const ranges = createPeerRanges(sockets, codes);

  return {
    async send(peerIss, request, { signer, signal = new AbortController().signal }) {
      const { method, target, json } = request;
      const { repeatable = !['POST', 'PATCH'].includes(method) } = request;
      const limits = { ...defaultLimits, ...request.limits };
      const plain = json === undefined ? noBody : Buffer.from(JSON.stringify(json));

      /** One try; where the peer had closed the kept connection meanwhile, again until a new one is used. */
      const attempt = async (): Promise<{ readonly answer: HttpAnswer; readonly authorization: string }> => {
        const { baseUrl, authorization, body = plain } = await signer.sign(peerIss, { method, target, body: plain }, signal);
        const type = body.length === 0 ? {} : { 'content-type': 'application/json' };
        const headers = { authorization, ...type };
        try {
          return { answer: await send({ baseUrl, method, target, headers, body, limits }, signal), authorization };
        } catch (error) {
          if (!(error instanceof StaleConnectionError)) throw error;
          if (repeatable) return attempt();
          throw new OdstError(codes.unreachable, `${baseUrl} closed the connection`, {}, { cause: error });
        }
      };

      let { answer, authorization } = await attempt();
      const signedTime = answer.headers['odst-time'];
      if (answer.status === 401 && signedTime !== undefined) {
        await learnTime(answer, () => signer.reportTime(peerIss, signedTime, authorization, signal));
        ({ answer } = await attempt());
      }
      if (answer.status < 200 || answer.status > 299) throw refusalOf(answer, target, codes);
      const isStranger = answer.headers['content-type']?.startsWith('text/html') || lacks(answer, request.answerHeader);
      if (isStranger)
        throw new OdstError(codes.unreachable, strangerWords(answer), { remoteStatus: answer.status, remoteCode: '' });
      return answer;
    },
    openRange: (request, signal) => ranges.open(request, signal),
    [Symbol.dispose]() {
      ranges[Symbol.dispose]();
      sockets[Symbol.dispose]();
    },
  };

  /** A time that the peer did not sign is the peer's fault; whatever else fails is this server's own. */
  async function learnTime({ baseUrl }: HttpAnswer, report: () => Promise<void>): Promise<void> {
    try {
      await report();
    } catch (error) {
      if (!isOdstError(error, 'REGISTRATION_SIGNATURE_INVALID')) throw error;
      const message = `the clock of ${baseUrl} differs, and what it says of its time is not to be trusted`;
      throw new OdstError(codes.unreachable, message, {}, { cause: error });
    }
  }
}
