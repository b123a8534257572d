import { FeedServiceService } from '@odst/contracts/sync';
import { type ServedService, serve } from '@odst/grpc';
import type { Brain } from '../app/brain.ts';

/**
 * `odst.sync.v1.FeedService` over the brain.
 * @param stopping ends the waits for changes, so that a stop need not wait for them
 */
export function serveFeed(brain: Brain, stopping: AbortSignal): ServedService {
  return serve(FeedServiceService, {
    async readChanges({ peerIss, ...request }, { signal }) {
      const ended = AbortSignal.any([signal, stopping]);
      const { records, profiles, statements, ...page } = await brain.readChanges(peerIss, request, ended);
      return {
        ...page,
        items: records,
        profiles: [...profiles],
        holdings: statements.flatMap((one) => (one.kind === 'holdings' ? [one.statement] : [])),
        heartbeats: statements.flatMap((one) => (one.kind === 'heartbeat' ? [one.statement] : [])),
      };
    },
    async acceptHint({ peerIss }) {
      brain.acceptHint(peerIss);
      return {};
    },
    async listPeerStates() {
      const heldBack = await brain.heldBack();
      const states = brain.peerStatuses().map(({ reach, ...status }) => {
        const { count = 0, reasons = [] } = heldBack.get(status.peerIss) ?? {};
        return { ...status, state: reach, heldBack: count, heldBackReasons: [...reasons] };
      });
      return { states };
    },
    async listHeldChanges(request) {
      const { changes, next } = await brain.listHeld(request);
      return { changes: changes.map(({ stages, ...change }) => ({ ...change, stages: [...stages] })), next };
    },
    async syncPeer({ peerIss }) {
      brain.syncPeer(peerIss);
      return {};
    },
  });
}
