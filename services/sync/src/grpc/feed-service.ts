import { DigestsServiceService, FeedServiceService, type PeerComparison } from '@odst/contracts/sync';
import { type ServedService, serve } from '@odst/grpc';
import { OdstError } from '@odst/kernel';
import type { Brain } from '../app/brain.ts';
import { type Comparison, entriesOf } from '../domain/comparison.ts';

/** How long a caller may wait for a comparison. */
const longestWaitMs = 60_000;

/**
 * `odst.sync.v1.FeedService` over the brain.
 * @param stopping ends the waits for changes, so that a stop need not wait for them
 */
export function serveFeed(brain: Brain, stopping: AbortSignal): ServedService {
  return serve(FeedServiceService, {
    async readChanges({ peerIss, ...request }, { signal }) {
      const ended = AbortSignal.any([signal, stopping]);
      const { records, profiles, retirements, statements, ...page } = await brain.readChanges(peerIss, request, ended);
      return {
        ...page,
        items: records,
        profiles: [...profiles],
        retirements: [...retirements],
        holdings: statements.flatMap((one) => (one.kind === 'holdings' ? [one.statement] : [])),
        writers: statements.flatMap((one) => (one.kind === 'writer' ? [one.statement] : [])),
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
        const comparison = comparisonMessage(status.comparison);
        return { ...status, comparison, state: reach, heldBack: count, heldBackReasons: [...reasons] };
      });
      return { states };
    },
    async listHeldChanges(request) {
      const { changes, next } = await brain.listHeld(request);
      return { changes: changes.map(({ stages, ...change }) => ({ ...change, stages: [...stages] })), next };
    },
    async syncPeer({ peerIss, waitMs }) {
      if (!(waitMs >= 0 && waitMs <= longestWaitMs)) {
        throw new OdstError('COMMON_REQUEST_INVALID', `wait is 0 to ${longestWaitMs} ms`, { pointer: '/wait' });
      }
      return { comparison: comparisonMessage(await brain.syncPeer(peerIss, waitMs)) };
    },
  });
}

/** `odst.sync.v1.DigestsService` over the brain. @param stopping ends what is read, so that a stop need not wait for it */
export function serveDigests(brain: Brain, stopping: AbortSignal): ServedService {
  const endsWith = (signal: AbortSignal) => AbortSignal.any([signal, stopping]);
  return serve(DigestsServiceService, {
    async compareRanges({ ranges }, { signal }) {
      const { differing, packages } = await brain.digests.compareRanges(ranges, endsWith(signal));
      return { differing: [...differing], packages };
    },
    async listDigests(request, { signal }) {
      const { digests, next } = await brain.digests.listDigests(request, endsWith(signal));
      return { entries: entriesOf(digests), next };
    },
    async readRecords({ uuids }, { signal }) {
      const { records, profiles, taken } = await brain.digests.readRecords(uuids, endsWith(signal));
      return { items: [...records], profiles: [...profiles], taken };
    },
    async askToCompare({ peerIss }) {
      brain.askedToCompare(peerIss);
      return {};
    },
  });
}

function comparisonMessage(comparison: Comparison | undefined): PeerComparison | undefined {
  return comparison === undefined ? undefined : { ...comparison, examples: [...comparison.examples] };
}
