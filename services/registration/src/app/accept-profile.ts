import type { EventMetadata } from '@odst/event-store';
import { peerStream } from '../domain/peer.ts';
import { checkPeerProfile, type ServerProfile } from '../domain/profile.ts';
import type { Directory } from './directory.ts';
import type { HostAddresses } from './ports.ts';
import { assertSafeUrl } from './safe-url.ts';
import type { Streams } from './streams.ts';

/**
 * Keeps the present profile of a peer, whose request the caller verified.
 * @throws OdstError REGISTRATION_PEER_INVALID, REGISTRATION_PEER_URL_INSECURE, REGISTRATION_PEER_UNKNOWN
 */
export type AcceptProfile = (
  iss: string,
  told: Readonly<Record<keyof ServerProfile, unknown>>,
  metadata: EventMetadata,
) => Promise<void>;

/** Builds the use case. */
export function createAcceptProfile(deps: {
  readonly streams: Streams;
  readonly directory: Directory;
  readonly addresses: HostAddresses;
}): AcceptProfile {
  const { streams, directory, addresses } = deps;
  return async (iss, told, metadata) => {
    const profile = checkPeerProfile(told);
    if (!profile.firewalledMode) await assertSafeUrl(profile.url, addresses);
    await streams.peers.run({
      stream: peerStream(iss),
      command: () => ({ type: 'ChangePeerProfile', iss, profile }),
      metadata,
    });
    await directory.catchUp();
  };
}
