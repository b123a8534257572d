import { type PeerProgress, TransfersServiceService, type WatchProgressResponse } from '@odst/contracts/sync';
import { type ServedService, serve } from '@odst/grpc';
import type { Brain } from '../app/brain.ts';
import type { PeerStatus } from '../app/peer-status.ts';
import type { TransferRow } from '../app/transfer-view.ts';
import type { Progress } from '../app/watch-progress.ts';

/** Rows of a page. */
const [defaultLimit, mostRows] = [100, 1_000];

/** `odst.sync.v1.TransfersService` over the brain. @param stopping ends what is watched, so that a stop need not wait for it */
export function serveTransfers(brain: Brain, stopping: AbortSignal): ServedService {
  return serve(TransfersServiceService, {
    async listTransfers(request) {
      const limit = Math.min(request.limit > 0 ? request.limit : defaultLimit, mostRows);
      const { rows, next } = brain.listTransfers({ ...request, limit });
      return { transfers: rows.map(messageOf), next };
    },
    async changeTransfer({ sha256, paused, first, reason }, { metadata }) {
      return { transfer: messageOf(await brain.changeTransfer({ sha256, paused, first, reason }, metadata)) };
    },
    async pausePeer(request, { metadata }) {
      await brain.pausePeer(request, metadata);
      return {};
    },
    async *watchProgress(_request, { signal }) {
      for await (const progress of brain.watch(AbortSignal.any([signal, stopping]))) yield progressOf(progress);
    },
  });
}

function messageOf({ sourceIsses, strip, ...row }: TransferRow) {
  return { ...row, sourceIsses: [...sourceIsses], strip: [...strip] };
}

function progressOf({ transfers, peers, shards, heard }: Progress): WatchProgressResponse {
  return {
    transfers: transfers && { ...transfers, running: transfers.running.map(messageOf) },
    peers: peers && { peers: peers.map(peerOf) },
    shards: [...shards],
    heard: heard && { isses: [...heard] },
  };
}

function peerOf(status: PeerStatus): PeerProgress {
  const {
    peerIss,
    reach: state,
    lastError,
    nextTryAt,
    behind,
    queuedTransfers,
    backlogBytes,
    rateBytesPerSecond,
    failedTries,
  } = status;
  const paused = status.pause !== undefined;
  return { peerIss, state, lastError, nextTryAt, behind, queuedTransfers, backlogBytes, rateBytesPerSecond, failedTries, paused };
}
