import type { EventMetadata } from '@odst/event-store';
import { OdstError } from '@odst/kernel';
import { checkStage } from '../domain/profile.ts';
import { serverStream } from '../domain/server.ts';
import type { Directory, KnownPeer } from './directory.ts';
import { assertVersion } from './expected-version.ts';
import type { Streams } from './streams.ts';
import { peerOf } from './unregister-peer.ts';

/** Settings of a peer as they come from an admin; what is undefined stays. */
export type NewPeerSettings = { readonly stageCap?: string | undefined; readonly introduces?: boolean | undefined };

/**
 * Changes what is taken from a peer, and answers with the peer. What was taken before stays.
 * @param expectedVersion version of the peer that the admin saw. Default 0, whatever there is
 * @throws OdstError REGISTRATION_PEER_UNKNOWN, REGISTRATION_SETTING_INVALID, COMMON_COMMAND_CONFLICT at another version than the expected one
 */
export type UpdatePeer = (
  peerId: number,
  settings: NewPeerSettings,
  metadata: EventMetadata,
  expectedVersion?: bigint,
) => Promise<KnownPeer>;

/** Builds the use case. */
export function createUpdatePeer(deps: { readonly streams: Streams; readonly directory: Directory }): UpdatePeer {
  const { streams, directory } = deps;
  return async (peerId, { stageCap, introduces }, metadata, expectedVersion = 0n) => {
    const { iss } = peerOf(directory, peerId);
    const cap = stageCap === undefined ? {} : { stageCap: checkStage(stageCap, 'REGISTRATION_SETTING_INVALID') };
    await streams.knownServers.run({
      stream: serverStream(iss),
      command: (_state, version) => {
        assertVersion(version, expectedVersion);
        return { type: 'ChangePeerSettings', ...cap, ...(introduces === undefined ? {} : { introduces }) };
      },
      metadata,
    });
    await directory.catchUp();
    const peer = directory.peer(iss);
    if (peer === undefined) throw new OdstError('REGISTRATION_PEER_UNKNOWN', `the peer ${peerId} was unregistered meanwhile`);
    return peer;
  };
}
