import { isOdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import { sha256 } from './digest.ts';
import type { KnownPeer } from './directory.ts';
import type { PeerAnswer, PeerHttp } from './ports.ts';
import type { ReportPeerTime } from './report-peer-time.ts';
import type { SignRequest } from './sign-request.ts';

/** Calls of this service to a peer, signed with the own key. */
export interface PeerCalls {
  /**
   * Sends one request; when only the clocks differ, adjusts and sends once more.
   * @param body sent as JSON; undefined for none
   * @throws OdstError REGISTRATION_PEER_UNREACHABLE, REGISTRATION_PEER_TIMEOUT
   */
  call(peer: KnownPeer, method: string, target: string, body: unknown, timeoutMs: number): Promise<PeerAnswer>;
}

/** Builds the calls. */
export function createPeerCalls(deps: {
  readonly http: PeerHttp;
  readonly signRequest: SignRequest;
  readonly reportPeerTime: ReportPeerTime;
  readonly logger: Logger;
}): PeerCalls {
  const { http, signRequest, reportPeerTime, logger } = deps;

  const learnt = async (peer: KnownPeer, answer: PeerAnswer, authorization: string): Promise<boolean> => {
    const signedTime = answer.headers['odst-time'];
    if (answer.status !== 401 || signedTime === undefined) return false;
    try {
      await reportPeerTime(peer.iss, signedTime, authorization);
      return true;
    } catch (error) {
      if (!isOdstError(error, 'REGISTRATION_SIGNATURE_INVALID')) throw error;
      logger.warn({ peer: peer.iss, reason: error.message }, 'a peer told a time that proves nothing');
      return false;
    }
  };

  return {
    async call(peer, method, target, json, timeoutMs) {
      const body = json === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(json));
      const send = async () => {
        const authorization = await signRequest(peer.iss, { method, target, bodySha256: sha256(body) });
        const headers = { authorization, ...(json === undefined ? {} : { 'content-type': 'application/json' }) };
        const answer = await http.send({ baseUrl: peer.profile.url, method, target, headers, body, timeoutMs });
        return { authorization, answer };
      };
      const { authorization, answer } = await send();
      return (await learnt(peer, answer, authorization)) ? (await send()).answer : answer;
    },
  };
}
