import type { EventMetadata } from '@odst/event-store';
import { OdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import type { Initiator } from '../domain/known-server.ts';
import { serverStream } from '../domain/server.ts';
import type { SignedProfile } from '../domain/signed-profile.ts';
import type { Directory, KnownPeer } from './directory.ts';
import type { PeerIds, ProfilePushes } from './ports.ts';
import type { RecordClock } from './report-peer-time.ts';
import type { Streams } from './streams.ts';

/** One half of a handshake, proved. */
export type ProvenPeer = {
  readonly profile: SignedProfile;
  /** The peer's clock minus this server's, in milliseconds. */
  readonly clockOffsetMs: number;
  /** Stamp of the profile that the handshake tells the peer. */
  readonly toldStamp: bigint;
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
  return async ({ profile, clockOffsetMs, toldStamp, initiatedBy }, metadata) => {
    const { iss } = profile;
    const { events } = await streams.knownServers.run({
      stream: serverStream(iss),
      command: async (known) => {
        const newPeerId = known?.relation === 'peer' ? known.peerId : await peerIds.next();
        return { type: 'RegisterPeer', profile, newPeerId, initiatedBy };
      },
      metadata,
    });
    await recordClock(iss, clockOffsetMs);
    await pushes.save({ iss, toldStamp, failures: 0, nextTryAtMs: 0 });
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
