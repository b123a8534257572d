import { PeersServiceService } from '@odst/contracts/registration';
import { type ServedService, serve } from '@odst/grpc';
import { registrationWarnings } from '../app/check-own-url.ts';
import type { UseCases } from '../app/use-cases.ts';
import { peerMessage } from './peer-message.ts';

/** Peers of this server. */
export function servePeers(useCases: UseCases): ServedService {
  const { registerPeer, acceptPeer, listPeers, unregisterPeer, acceptUnregistration, acceptProfiles, clocks, directory } =
    useCases;
  return serve(PeersServiceService, {
    async registerPeer(request, { metadata }) {
      const peer = await registerPeer(request, metadata);
      const warnings = registrationWarnings(request.url, peer.profile, directory.server().profile);
      return { peer: peerMessage(peer, clocks.offsetMs(peer.iss)), warnings: [...warnings] };
    },
    acceptPeer: (request, { metadata }) => acceptPeer(request, metadata),
    listPeers: async () => ({ peers: (await listPeers()).map((peer) => peerMessage(peer, clocks.offsetMs(peer.iss))) }),
    unregisterPeer: async ({ id }, { metadata }) => ({ peerTold: await unregisterPeer(id, metadata) }),
    async acceptUnregistration({ iss }, { metadata }) {
      await acceptUnregistration(iss, metadata);
      return {};
    },
    async acceptProfiles({ fromIss, profiles }, { metadata }) {
      return { refused: [...(await acceptProfiles(fromIss, profiles, metadata))] };
    },
  });
}
