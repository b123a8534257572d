import { type OfferDeps, offerRecord } from './offer-page.ts';
import type { PeerStore } from './ports.ts';

/**
 * Offers again what could not be judged when a peer told it. Stops at an unknown signer for that signer only: one
 * question tells for all of its records.
 * @returns whether catalog waits for the bytes of any
 * @throws OdstError when catalog or the database cannot answer now
 */
export async function retryPending(
  deps: OfferDeps & { readonly peers: PeerStore },
  peerIss: string,
  signal: AbortSignal,
): Promise<boolean> {
  const unknownSigners = new Set<string>();
  let downloading = false;
  for (const { id, record } of await deps.peers.pendingOf(peerIss)) {
    if (unknownSigners.has(record.signedBy)) continue;
    signal.throwIfAborted();
    const offered = await offerRecord(deps, record, peerIss, signal);
    if (offered.verdict === 'postponed') unknownSigners.add(record.signedBy);
    else await deps.peers.settle([id]);
    downloading ||= offered.downloading;
  }
  return downloading;
}
