import type { Caller } from '@odst/kernel';
import { blobStream } from '../domain/blob.ts';
import type { StorageDeps } from './deps.ts';
import type { HeldBlob } from './ports.ts';

/**
 * Which of these contents are here, verified. The answer is a claim: whoever is told that a blob is held may rely on it, as nothing
 * removes it within a day of the answer, whatever was decided of it at the same moment.
 */
export type HoldBlobs = (sha256s: readonly string[], caller: Caller) => Promise<readonly HeldBlob[]>;

/**
 * Builds it. An event is appended only where nobody relied on the blob before, or nothing named it. It takes no lock: an upload of
 * the content holds that while it waits for catalog, which asks here.
 */
export function createHoldBlobs<Transaction>(deps: Pick<StorageDeps<Transaction>, 'streams' | 'blobIndex' | 'newId'>): HoldBlobs {
  const { streams, blobIndex, newId } = deps;
  const claim = async (sha256: string, caller: Caller): Promise<boolean> => {
    const { state } = await streams.blobs.run({
      stream: blobStream(sha256),
      command: (blob) => (blob.status === 'verified' ? { type: 'ClaimBlob', blob: sha256 } : undefined),
      metadata: { ...caller, commandId: newId() },
      alongside: (transaction, blob) => blobIndex.save(transaction, sha256, blob),
    });
    return state.status === 'verified';
  };
  return async (sha256s, caller) => {
    const held: HeldBlob[] = [];
    for (const { inUse, ...blob } of await blobIndex.hold(sha256s)) {
      if (inUse || (await claim(blob.sha256, caller))) held.push(blob);
    }
    return held;
  };
}
