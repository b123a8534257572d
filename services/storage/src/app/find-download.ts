import type { BlobReader } from '@odst/blob-store';
import { isOdstError, OdstError } from '@odst/kernel';
import { blobStream } from '../domain/blob.ts';
import type { StorageDeps } from './deps.ts';
import { bytesOf, type Fetches } from './fetch/fetches.ts';
import type { DownloadContent } from './ports.ts';

/** A download whose bytes are here, verified. */
export type Download = Omit<DownloadContent, 'isAwaited'> & {
  readonly sha1: string;
  /** Opens the bytes. @throws OdstError STORAGE_BLOB_CORRUPT when they are lost */
  open(): Promise<BlobReader>;
};

/**
 * Finds what is served under a name.
 * @throws OdstError CATALOG_PACKAGE_UNKNOWN when there is nothing; STORAGE_DOWNLOAD_PENDING when there is nothing yet;
 *   STORAGE_BLOB_CORRUPT when the bytes of a package are lost
 */
export type FindDownload = (filename: string) => Promise<Download>;

/** What the lookup works with. */
export type FindDownloadDeps<Transaction> = Pick<StorageDeps<Transaction>, 'catalog' | 'blobIndex' | 'blobStore' | 'streams'> & {
  readonly fetches: Pick<Fetches, 'paceOf'>;
};

/** Seconds after which a client asks again, at least and at most, for what is on its way. */
const [soonest, latest] = [5, 300];
/** The same where nobody can say how long it takes: it waits for its turn, for a server that has it, or for room. */
const unknown = 30;

/** Builds the lookup: catalog knows the name, storage the bytes. */
export function createFindDownload<Transaction>(deps: FindDownloadDeps<Transaction>): FindDownload {
  const { catalog, blobIndex, blobStore } = deps;
  return async (filename) => {
    const { isAwaited, ...content } = await catalog.findContent(filename);
    if (isAwaited) throw await pending(deps, content);
    const held = await blobIndex.find(content.sha256);
    if (held === undefined) throw lost(content.filename);
    const open = async () => {
      try {
        return await blobStore.open(content.sha256);
      } catch (error) {
        throw isOdstError(error, 'STORAGE_BLOB_UNKNOWN') ? lost(content.filename, error) : error;
      }
    };
    return { ...content, sizeBytes: held.sizeBytes, sha1: held.sha1, open };
  };
}

/** The package stands and its bytes do not: that is no reason for clients to take it for gone. */
function lost(filename: string, cause?: unknown): OdstError {
  const detail = `the bytes of ${filename} are not here any more`;
  return new OdstError('STORAGE_BLOB_CORRUPT', detail, { retryAfterSeconds: latest }, { cause });
}

/**
 * What a client is told that asks too early. Anybody may ask, so it does not say which server the bytes come from: names and
 * addresses of servers are for who has an account.
 */
async function pending<Transaction>(
  deps: FindDownloadDeps<Transaction>,
  { filename, sha256, sizeBytes }: Pick<DownloadContent, 'filename' | 'sha256' | 'sizeBytes'>,
): Promise<OdstError> {
  const pace = deps.fetches.paceOf(sha256);
  const verifiedBytes = pace?.verifiedBytes ?? (await verifiedSoFar(deps, sha256, sizeBytes));
  const retryAfterSeconds = pauseFor(sizeBytes - verifiedBytes, pace?.bytesPerSecond ?? 0);
  const had = `${grouped(verifiedBytes)} of ${grouped(sizeBytes)} bytes are here`;
  const waitsFor =
    pace === undefined && verifiedBytes < sizeBytes ? '; none come right now, and this server tries again by itself' : '';
  return new OdstError(
    'STORAGE_DOWNLOAD_PENDING',
    `${filename} is on its way from another server: ${had}${waitsFor}. Ask again in ${retryAfterSeconds} s`,
    { retryAfterSeconds },
  );
}

/** What earlier tries have left behind. */
async function verifiedSoFar<Transaction>(
  { streams }: Pick<StorageDeps<Transaction>, 'streams'>,
  sha256: string,
  sizeBytes: number,
): Promise<number> {
  const { state } = await streams.blobs.load(blobStream(sha256));
  return state.status === 'absent' ? 0 : bytesOf(state.verified, sizeBytes);
}

function pauseFor(missingBytes: number, bytesPerSecond: number): number {
  if (missingBytes <= 0) return soonest;
  if (bytesPerSecond <= 0) return unknown;
  return Math.min(latest, Math.max(soonest, Math.ceil(missingBytes / bytesPerSecond)));
}

function grouped(bytes: number): string {
  return bytes.toLocaleString('en-US');
}
