import { PeersServiceService } from '@odst/contracts/registration';
import { type ServedService, serve } from '@odst/grpc';
import type { UseCases } from '../app/use-cases.ts';
import { peerMessage } from './peer-message.ts';

/** Peers of this server. */
export function servePeers(useCases: UseCases): ServedService {
  const { registerPeer, acceptPeer, listPeers, unregisterPeer, acceptUnregistration, acceptProfile, clocks } = useCases;
  return serve(PeersServiceService, {
    async registerPeer(request, context) {
      const peer = await registerPeer(request, context);
      return { peer: peerMessage(peer, clocks.offsetMs(peer.iss)) };
    },
    acceptPeer: (request, context) => acceptPeer(request, context),
    listPeers: async () => ({ peers: (await listPeers()).map((peer) => peerMessage(peer, clocks.offsetMs(peer.iss))) }),
    unregisterPeer: async ({ id }, context) => ({ peerTold: await unregisterPeer(id, context) }),
    async acceptUnregistration({ iss }, context) {
      await acceptUnregistration(iss, context);
      return {};
    },
    async acceptProfile({ iss, ...profile }, context) {
      await acceptProfile(iss, profile, context);
      return {};
    },
  });
}
