import { OdstError } from '@odst/kernel';
import { toHex } from '../../domain/manifest.ts';
import type { Algorithm, HashLane, HashPool } from '../hashing.ts';

/** What the bytes of one request are to be. */
export type BodyDigest = {
  readonly algorithm: Algorithm;
  /** Hex. */
  readonly digest: string;
  /** Header that says so. */
  readonly header: 'Upload-Checksum' | 'Content-Digest';
};

/** Hashes the bytes of one request. */
export interface BodyCheck extends Disposable {
  /** What is to hash them; undefined where nothing is said of them. */
  readonly lane: HashLane<readonly Algorithm[]> | undefined;
  /** @throws OdstError STORAGE_UPLOAD_CHECKSUM_MISMATCH, STORAGE_UPLOAD_DIGEST_MISMATCH */
  assertRight(): Promise<void>;
}

/** Builds it. */
export function createBodyCheck(hashPool: HashPool, wanted: readonly BodyDigest[]): BodyCheck {
  const algorithms = [...new Set(wanted.map(({ algorithm }) => algorithm))];
  const lane = algorithms.length === 0 ? undefined : hashPool.openLane<readonly Algorithm[]>(algorithms);
  return {
    lane,
    async assertRight() {
      const digests = (await lane?.finish()) ?? [];
      for (const { algorithm, digest, header } of wanted) {
        const found = toHex(digests[algorithms.indexOf(algorithm)] ?? new Uint8Array());
        if (found === digest) continue;
        throw new OdstError(
          header === 'Upload-Checksum' ? 'STORAGE_UPLOAD_CHECKSUM_MISMATCH' : 'STORAGE_UPLOAD_DIGEST_MISMATCH',
          `the bytes of this request have the ${algorithm} ${found}, not ${digest} as ${header} says; they were dropped`,
        );
      }
    },
    [Symbol.dispose]: () => lane?.[Symbol.dispose](),
  };
}
