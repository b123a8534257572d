import { OdstError } from '@odst/kernel';
import type { StorageDeps } from './deps.ts';

const largestPage = 1_000;
const defaultPage = 500;

/** Files that are looked for at the same time. */
const atOnce = 32;

/** Which page of what is held. */
export type ListHeld = {
  /** First hex digits of the contents; empty for all. */
  readonly prefix: string;
  /** Cursor of the last page; empty for the first. */
  readonly after: string;
  /** 1 to 1,000; 0 for 500. */
  readonly limit: number;
};

/** A page of what is held. */
export type HeldPage = {
  readonly sha256s: string[];
  /** Empty on the last page. */
  readonly next: string;
};

/**
 * Verified contents whose files are there with all their bytes, ascending. A content whose file was lost is left out, whatever is known of it:
 * this server says by it what it has.
 * @throws OdstError COMMON_REQUEST_INVALID
 */
export async function listHeld<Transaction>(
  {
    blobIndex,
    blobStore,
  }: {
    readonly blobIndex: Pick<StorageDeps<Transaction>['blobIndex'], 'listVerified'>;
    readonly blobStore: Pick<StorageDeps<Transaction>['blobStore'], 'find'>;
  },
  { prefix, after, limit }: ListHeld,
): Promise<HeldPage> {
  const size = limit === 0 ? defaultPage : limit;
  if (!(size >= 1 && size <= largestPage)) throw invalid(`limit is 1 to ${largestPage}`, '/limit');
  if (!/^[0-9a-f]{0,64}$/.test(prefix)) throw invalid('the prefix is no beginning of a SHA-256', '/prefix');
  const found = await blobIndex.listVerified(prefix, after, size + 1);
  const page = found.slice(0, size);
  const sha256s: string[] = [];
  for (let from = 0; from < page.length; from += atOnce) {
    const some = page.slice(from, from + atOnce);
    const files = await Promise.all(some.map(({ sha256 }) => blobStore.find(sha256)));
    sha256s.push(...some.filter(({ sizeBytes }, index) => files[index]?.sizeBytes === sizeBytes).map(({ sha256 }) => sha256));
  }
  return { sha256s, next: found.length > size ? (page.at(-1)?.sha256 ?? '') : '' };
}

function invalid(reason: string, pointer: string): OdstError {
  return new OdstError('COMMON_REQUEST_INVALID', reason, { pointer });
}
