import { createKeyedLock } from '@odst/async';
import { OdstError } from '@odst/kernel';
import { areTwins, type SeenEpochs, sawEpoch } from '../domain/twins.ts';
import type { PeerStore, Scheduler } from './ports.ts';

/** Watches in which epochs the peers run, by what they say when they read and when they are read. */
export interface PeerEpochs {
  /**
   * Keeps that a peer runs in an epoch.
   * @throws OdstError SYNC_ISS_DUPLICATE while two live servers say that they are this peer
   */
  note(peerIss: string, epoch: string): Promise<void>;
}

/** Builds the watch. */
export function createPeerEpochs(deps: { readonly peers: PeerStore; readonly scheduler: Scheduler }): PeerEpochs {
  const { peers, scheduler } = deps;
  const known = new Map<string, SeenEpochs>();
  const lock = createKeyedLock();
  return {
    note: (peerIss, epoch) =>
      lock.run(peerIss, async () => {
        const nowMs = scheduler.now().getTime();
        const before = known.get(peerIss) ?? (await peers.load(peerIss)).seen;
        const seen = sawEpoch(before, epoch, nowMs);
        if (seen !== before) await peers.noteEpochs(peerIss, seen);
        known.set(peerIss, seen);
        if (areTwins(seen, nowMs)) throw duplicate(peerIss);
      }),
  };
}

function duplicate(iss: string): OdstError {
  return new OdstError(
    'SYNC_ISS_DUPLICATE',
    `two live servers have the ISS ID ${iss}, as after a data folder was copied. Nothing is lost; nothing is exchanged with either until one of them has an identity of its own (odst identity new) or is stopped, and ten minutes have passed`,
    { iss },
  );
}
