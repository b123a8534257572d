import type { Clock } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import { clockToleranceSeconds, invalid, readRequestClaims } from '../domain/request-claims.ts';
import { tokenOf } from './authorization-header.ts';
import type { Directory } from './directory.ts';
import type { OwnIdentity } from './identity.ts';
import type { PeerClocks, Tokens } from './ports.ts';
import { readSignedTime } from './signed-time.ts';

/** Keeps how far a peer's clock is, and warns where it is far. */
export type RecordClock = (iss: string, offsetMs: number) => Promise<void>;

/** Builds the use case. */
export function createRecordClock(deps: { readonly clocks: PeerClocks; readonly logger: Logger }): RecordClock {
  return async (iss, offsetMs) => {
    await deps.clocks.record(iss, offsetMs);
    if (Math.abs(offsetMs) <= clockToleranceSeconds * 1_000) return;
    deps.logger.warn(
      { peer: iss, clockOffsetMs: offsetMs },
      "the peer's clock and this server's differ; requests are signed with its time",
    );
  };
}

/**
 * Learns the peer's time from its refusal of one of this server's requests.
 * @param authorization the Authorization value of the refused request, which the time must answer
 * @returns the peer's clock minus this server's, in milliseconds
 * @throws OdstError REGISTRATION_SIGNATURE_INVALID
 */
export type ReportPeerTime = (peerIss: string, signedTime: string, authorization: string) => Promise<number>;

/** Builds the use case. */
export function createReportPeerTime(deps: {
  readonly identity: OwnIdentity;
  readonly directory: Directory;
  readonly tokens: Tokens;
  readonly recordClock: RecordClock;
  readonly clock: Clock;
}): ReportPeerTime {
  const { identity, directory, tokens, recordClock, clock } = deps;
  return async (peerIss, signedTime, authorization) => {
    const publicKey = directory.known(peerIss)?.profile.publicKey;
    if (publicKey === undefined) throw invalid('the server is not known here');
    const own = readRequestClaims(await tokens.verifyBy('request', tokenOf(authorization), identity.signer.publicKey));
    const expected = { iss: peerIss, aud: identity.iss, jti: own.jti };
    const { nowMs } = readSignedTime(await tokens.verifyBy('time', signedTime, publicKey), expected);
    const offsetMs = nowMs - clock.now().getTime();
    await recordClock(peerIss, offsetMs);
    return offsetMs;
  };
}
