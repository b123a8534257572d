import { BlobsServiceService } from '@odst/contracts/storage';
import type { ServiceConnection } from '@odst/grpc';
import type { Blobs } from '../app/ports.ts';

/** Builds the storage service as catalog sees it. */
export function createGrpcBlobs(connection: ServiceConnection): Blobs {
  const client = connection.client(BlobsServiceService);
  return {
    async held(sha256s) {
      if (sha256s.length === 0) return [];
      return (await client.holdBlobs({ sha256s: [...sha256s] })).sha256s;
    },
    async manifestDigests(sha256s) {
      if (sha256s.length === 0) return new Map();
      const answer = await client.holdBlobs({ sha256s: [...sha256s] });
      const pairs = answer.sha256s.map((sha256, index) => [sha256, answer.manifestDigests[index] ?? ''] as const);
      return new Map(pairs.filter(([, digest]) => digest !== ''));
    },
  };
}
