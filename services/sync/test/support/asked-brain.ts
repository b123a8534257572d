import { OdstError } from '@odst/kernel';
import type { Brain } from '../../src/app/brain.ts';
import type { PeerDigests } from '../../src/app/comparison-ports.ts';

/**
 * What a server asks of its peers that compares: of their brains, without wires.
 * @param reach the brain of a peer; undefined for one that runs a version without comparisons
 */
export function askedBrains(ownIss: string, reach: (peerIss: string) => Promise<Brain | undefined>): PeerDigests {
  const brainOf = async (peerIss: string): Promise<Brain> => {
    const brain = await reach(peerIss);
    if (brain === undefined) throw new OdstError('SYNC_PEER_FAILED', 'it answered 404', { remoteStatus: 404 });
    return brain;
  };
  return {
    compareRanges: async (iss, ranges, signal) => (await brainOf(iss)).digests.compareRanges(ranges, signal),
    listDigests: async (iss, page, signal) => (await brainOf(iss)).digests.listDigests(page, signal),
    readRecords: async (iss, uuids, signal) => ({
      ...(await (await brainOf(iss)).digests.readRecords(uuids, signal)),
      malformed: [],
    }),
    askToCompare: async (iss) => (await brainOf(iss)).askedToCompare(ownIss),
  };
}
