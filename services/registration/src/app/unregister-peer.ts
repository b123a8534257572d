import type { EventMetadata } from '@odst/event-store';
import { isOdstError, OdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import { serverStream } from '../domain/server.ts';
import type { Directory, KnownPeer } from './directory.ts';
import { assertVersion } from './expected-version.ts';
import type { PeerCalls } from './peer-calls.ts';
import type { Streams } from './streams.ts';

/** Where a peer ends the trust in another, or tells its profile: the caller's own entry. */
export const ownEntryTarget = '/api/ods/v1/peers/me';

/** The trust here is gone already; nobody should wait long for a peer that may be dead. */
const timeoutMs = 5_000;

/**
 * Ends the trust here, at once, and then tells the peer.
 * @param expectedVersion version of the peer that the admin saw. Default 0, whatever there is
 * @returns whether the peer was told; if not, it learns at its next request
 * @throws OdstError REGISTRATION_PEER_UNKNOWN, COMMON_COMMAND_CONFLICT at another version than the expected one
 */
export type UnregisterPeer = (peerId: number, metadata: EventMetadata, expectedVersion?: bigint) => Promise<boolean>;

/**
 * Ends the trust because the peer, whose request the caller verified, ended it. Doing so again is harmless.
 */
export type AcceptUnregistration = (iss: string, metadata: EventMetadata) => Promise<void>;

export type UnregisterPeerDeps = {
  readonly streams: Streams;
  readonly directory: Directory;
  readonly calls: PeerCalls;
  readonly logger: Logger;
};

/** Tells a server that it is a peer no more. @returns whether it was told; if not, it learns at its next request */
export type TellEnd = (peer: KnownPeer) => Promise<boolean>;

/** Builds the step. */
export function createTellEnd({ calls, logger }: Pick<UnregisterPeerDeps, 'calls' | 'logger'>): TellEnd {
  return async (peer) => {
    if (peer.profile.firewalledMode) return false;
    try {
      const { status } = await calls.call(peer, { method: 'DELETE', target: ownEntryTarget, limits: { wholeMs: timeoutMs } });
      if (status === 204) return true;
      logger.warn({ peer: peer.iss, status }, 'a peer did not take the end of the trust');
    } catch (error) {
      if (!isOdstError(error)) throw error;
      logger.warn(
        { peer: peer.iss, code: error.code, reason: error.message },
        'a peer could not be told of the end of the trust',
      );
    }
    return false;
  };
}

/** Builds the use case. */
export function createUnregisterPeer(deps: UnregisterPeerDeps & { readonly tellEnd: TellEnd }): UnregisterPeer {
  const { streams, directory, tellEnd } = deps;
  return async (peerId, metadata, expectedVersion = 0n) => {
    const peer = peerOf(directory, peerId);
    await streams.knownServers.run({
      stream: serverStream(peer.iss),
      command: (_state, version) => {
        assertVersion(version, expectedVersion);
        return { type: 'UnregisterPeer', iss: peer.iss, initiatedBy: 'here' };
      },
      metadata,
    });
    await directory.catchUp();
    return tellEnd(peer);
  };
}

/** The peer of a number. @throws OdstError REGISTRATION_PEER_UNKNOWN */
export function peerOf(directory: Directory, peerId: number): KnownPeer {
  const peer = directory.peers().find((candidate) => candidate.peerId === peerId);
  if (peer === undefined) throw new OdstError('REGISTRATION_PEER_UNKNOWN', `there is no peer ${peerId}`);
  return peer;
}

/** Builds the use case. */
export function createAcceptUnregistration(deps: Omit<UnregisterPeerDeps, 'calls'>): AcceptUnregistration {
  const { streams, directory, logger } = deps;
  return async (iss, metadata) => {
    const { events } = await streams.knownServers.run({
      stream: serverStream(iss),
      command: () => ({ type: 'UnregisterPeer', iss, initiatedBy: 'peer' }),
      metadata,
    });
    await directory.catchUp();
    if (events.length > 0) logger.warn({ peer: iss }, 'a peer ended the trust');
  };
}
