import type { EventMetadata } from '@odst/event-store';
import { OdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import { type Initiator, peerStream } from '../domain/peer.ts';
import type { Directory, KnownPeer } from './directory.ts';
import type { HandshakeMessage } from './handshake-message.ts';
import type { PeerIds, ProfilePushes } from './ports.ts';
import type { RecordClock } from './report-peer-time.ts';
import type { Streams } from './streams.ts';

/** One half of a handshake, proved. */
export type ProvenPeer = Pick<HandshakeMessage, 'iss' | 'profile' | 'publicKey'> & {
  /** The peer's clock minus this server's, in milliseconds. */
  readonly clockOffsetMs: number;
  /** Digest of the profile that the handshake tells the peer. */
  readonly toldSha256: string;
  /** On whose side an admin registered. */
  readonly initiatedBy: Initiator;
};

/**
 * Stores what a handshake proved, on either side of it. Running it again with the same changes nothing; with another
 * profile it updates the peer.
 */
export type KeepPeer = (proven: ProvenPeer, metadata: EventMetadata) => Promise<KnownPeer>;

export type KeepPeerDeps = {
  readonly streams: Streams;
  readonly directory: Directory;
  readonly peerIds: PeerIds;
  readonly pushes: ProfilePushes;
  readonly recordClock: RecordClock;
  readonly logger: Logger;
};

/** Builds the step. */
export function createKeepPeer(deps: KeepPeerDeps): KeepPeer {
  const { streams, directory, peerIds, pushes, recordClock, logger } = deps;
  return async ({ iss, profile, publicKey, clockOffsetMs, toldSha256, initiatedBy }, metadata) => {
    const { events } = await streams.peers.run({
      stream: peerStream(iss),
      command: async (peer) => {
        const newPeerId = peer?.registered ? peer.peerId : await peerIds.next();
        return { type: 'RegisterPeer', iss, profile, publicKey, newPeerId, initiatedBy };
      },
      metadata,
    });
    await recordClock(iss, clockOffsetMs);
    await pushes.save({ iss, toldSha256, failures: 0, nextTryAtMs: 0 });
    await directory.catchUp();
    const peer = directory.peer(iss);
    if (peer === undefined)
      throw new OdstError('COMMON_COMMAND_CONFLICT', `the server ${iss} was unregistered meanwhile`, { iss });
    if (events.length > 0) logger.info({ peer: iss, url: profile.url, initiatedBy }, 'registered a peer');
    if (profile.url.startsWith('http:'))
      logger.warn({ peer: iss, url: profile.url }, 'the connection to a peer is not encrypted');
    return peer;
  };
}
