import type { Caller } from '@odst/kernel';
import { blobStream } from '../../domain/blob.ts';
import type { StorageDeps } from '../deps.ts';
import type { FetchRequest } from './fetch-request.ts';

/** Records that a fetched blob is in place, all of it verified. The caller holds the content's lock. */
export async function recordVerified<Transaction>(
  deps: StorageDeps<Transaction>,
  { sha256, sizeBytes, manifestDigest, sourceIss }: FetchRequest,
  sha1: string,
  caller: Caller,
): Promise<void> {
  await deps.streams.blobs.run({
    stream: blobStream(sha256),
    command: () => ({ type: 'VerifyBlob', blob: sha256, sha1, sizeBytes, manifestDigest, source: sourceIss }),
    metadata: { ...caller, commandId: deps.newId() },
    alongside: (transaction, state) => deps.blobIndex.save(transaction, sha256, state),
  });
}
