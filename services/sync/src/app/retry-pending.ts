import type { PackageRecord } from '@odst/contracts/catalog';
import { type OfferDeps, offerRecord } from './offer-page.ts';
import type { PeerStore } from './ports.ts';

/** The servers that signed a record and the changes beside it. */
function signersOf(record: PackageRecord): string {
  return [...new Set([record, ...record.concurrent].map((change) => change.signedBy))].sort().join();
}

/**
 * Offers again what could not be judged when a peer told it. Once signers are still unknown, further records of the same
 * signers are left for the next time: one question tells for all.
 * @throws OdstError when catalog or the database cannot answer now
 */
export async function retryPending(
  deps: OfferDeps & { readonly peers: PeerStore },
  peerIss: string,
  signal: AbortSignal,
): Promise<void> {
  const unknownSigners = new Set<string>();
  for (const { id, record } of await deps.peers.pendingOf(peerIss)) {
    const signers = signersOf(record);
    if (unknownSigners.has(signers)) continue;
    signal.throwIfAborted();
    const verdict = await offerRecord(deps, record, peerIss, signal);
    if (verdict === 'postponed') unknownSigners.add(signers);
    else await deps.peers.settle([id]);
  }
}
