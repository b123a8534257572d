import { PeersServiceService } from '@odst/contracts/registration';
import type { EventMetadata } from '@odst/event-store';
import { type ServedService, serve } from '@odst/grpc';
import { registrationWarnings } from '../app/check-own-url.ts';
import { knownServerMessage } from '../app/list-servers.ts';
import { peerOf } from '../app/unregister-peer.ts';
import type { UseCases } from '../app/use-cases.ts';
import { peerMessage } from './peer-message.ts';

/** Peers of this server. */
export function servePeers(useCases: UseCases): ServedService {
  const { registerPeer, acceptPeer, listPeers, updatePeer, unregisterPeer, acceptUnregistration, acceptProfiles } = useCases;
  const { blockServer, unblockServer, retireServer, clocks, directory } = useCases;
  const block = async (iss: string, dryRun: boolean, metadata: EventMetadata, expectedVersion?: bigint) => {
    const { server, ...outcome } = await blockServer(iss, dryRun, metadata, expectedVersion);
    return { ...outcome, server: knownServerMessage(directory, server) };
  };
  return serve(PeersServiceService, {
    async registerPeer(request, { metadata }) {
      const before = new Set(directory.peers().map(({ iss }) => iss));
      const peer = await registerPeer(request, metadata);
      const warnings = [...registrationWarnings(request.url, peer.profile, directory.server().profile)];
      const wasRegistered = before.has(peer.iss);
      return { peer: peerMessage(peer, clocks.offsetMs(peer.iss)), warnings, wasRegistered };
    },
    acceptPeer: (request, { metadata }) => acceptPeer(request, metadata),
    listPeers: async () => ({ peers: (await listPeers()).map((peer) => peerMessage(peer, clocks.offsetMs(peer.iss))) }),
    async updatePeer({ id, expectedVersion, ...settings }, { metadata }) {
      const peer = await updatePeer(id, settings, metadata, expectedVersion);
      return { peer: peerMessage(peer, clocks.offsetMs(peer.iss)) };
    },
    blockServer: ({ iss, dryRun }, { metadata }) => block(iss, dryRun, metadata),
    async unblockServer({ iss }, { metadata }) {
      const { server, wasBlocked } = await unblockServer(iss, metadata);
      return { server: knownServerMessage(directory, server), wasBlocked };
    },
    async retireServer({ iss, reason }, { metadata }) {
      const { server, wasRetired } = await retireServer(iss, reason, metadata);
      return { server: knownServerMessage(directory, server), wasRetired };
    },
    async unregisterPeer({ id, block: blocks, expectedVersion }, { metadata }) {
      if (blocks) return block(peerOf(directory, id).iss, false, metadata, expectedVersion);
      return { peerTold: await unregisterPeer(id, metadata, expectedVersion) };
    },
    async acceptUnregistration({ iss }, { metadata }) {
      await acceptUnregistration(iss, metadata);
      return {};
    },
    async acceptProfiles({ fromIss, profiles, retirements }, { metadata }) {
      return { refused: [...(await acceptProfiles(fromIss, profiles, metadata, retirements))] };
    },
  });
}
