import { createHash } from 'node:crypto';

/** A request that is about to be sent. */
export type UnsignedRequest = {
  readonly method: string;
  /** Path and query: what is signed is what is sent. */
  readonly target: string;
  /** Empty for none. */
  readonly body: Uint8Array;
};

/** How one try of a request is sent. */
export type SignedRequest = {
  /** Base URL of the peer, without a trailing slash. */
  readonly baseUrl: string;
  /** Value of the header `Authorization`; good for one try. */
  readonly authorization: string;
  /** Where the signer writes the body, because it binds it to the token. Default that of the request. */
  readonly body?: Uint8Array;
};

/** Signs requests to peers with the peer's time, as far as it is known. */
export interface Signer {
  /**
   * Signs one try of a request to the server `peerIss`.
   * @throws OdstError REGISTRATION_PEER_UNKNOWN
   */
  sign(peerIss: string, request: UnsignedRequest, signal: AbortSignal): Promise<SignedRequest>;
  /**
   * Learns the peer's time from its refusal, so that the next try is signed with it.
   * @param signedTime value of the header `ODST-Time` of the refusal
   * @param authorization of the refused try, which the time must answer
   * @throws OdstError REGISTRATION_SIGNATURE_INVALID when the time is not the peer's answer to this try
   */
  reportTime(peerIss: string, signedTime: string, authorization: string, signal: AbortSignal): Promise<void>;
}

/** The calls of registration's `TrustService` that sign, as a gRPC client has them. */
export interface TrustCalls {
  /** Makes the token of one request. */
  signRequest(
    request: { peerIss: string; method: string; target: string; bodySha256: string },
    options: { signal: AbortSignal },
  ): Promise<{ readonly authorization: string; readonly baseUrl: string }>;
  /** Keeps a peer's signed time. */
  reportPeerTime(
    report: { peerIss: string; signedTime: string; authorization: string },
    options: { signal: AbortSignal },
  ): Promise<unknown>;
}

/** The signer of a service that is not registration: it asks registration at each try. */
export function createTrustSigner(trust: TrustCalls): Signer {
  return {
    sign(peerIss, { method, target, body }, signal) {
      const bodySha256 = createHash('sha256').update(body).digest('hex');
      return trust.signRequest({ peerIss, method, target, bodySha256 }, { signal });
    },
    async reportTime(peerIss, signedTime, authorization, signal) {
      await trust.reportPeerTime({ peerIss, signedTime, authorization }, { signal });
    },
  };
}
