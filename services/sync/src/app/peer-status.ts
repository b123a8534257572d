import type { Pause } from '../domain/transfer-choices.ts';
import type { ReaderStatus } from './peer-reader.ts';
import type { Backlog } from './transfer-view.ts';

/** How it goes with a peer: reading it, and fetching from it. */
export type PeerStatus = Omit<ReaderStatus, 'peer'> & {
  readonly peerIss: string;
  /** Transfers from it that wait or run. */
  readonly queuedTransfers: number;
  /** Bytes of those that are still to come. */
  readonly backlogBytes: bigint;
  readonly rateBytesPerSecond: bigint;
  /** Set where an admin paused it. */
  readonly pause: Pause | undefined;
};

/** Joins what the readers and the transfers know. An error of reading is shown before one of a transfer. */
export function peerStatuses(
  readers: readonly ReaderStatus[],
  backlogs: ReadonlyMap<string, Backlog>,
  pausedPeers: ReadonlyMap<string, Pause>,
): readonly PeerStatus[] {
  return readers.map(({ peer, lastError, ...reader }) => {
    const backlog = backlogs.get(peer.iss);
    return {
      peerIss: peer.iss,
      ...reader,
      lastError: lastError === '' ? (backlog?.lastError ?? '') : lastError,
      queuedTransfers: backlog?.transfers ?? 0,
      backlogBytes: backlog?.bytes ?? 0n,
      rateBytesPerSecond: backlog?.bytesPerSecond ?? 0n,
      pause: pausedPeers.get(peer.iss),
    };
  });
}
