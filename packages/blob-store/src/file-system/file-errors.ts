import { OdstError } from '@odst/kernel';

/** The errno of a failed system call, as `ENOENT`. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** What the system itself refused, although there was room above the reserve when the bytes began to come. */
const ranOut =
  'the volume of the packages ran out of room meanwhile: other programs write to it, or a quota ends. Free space on it, or keep more of it free with a higher ODST_DISK_RESERVE_BYTES';

/** Runs a write; a volume or quota without room becomes STORAGE_DISK_FULL, anything else stays what it is. */
export async function translateFull<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== 'ENOSPC' && errno !== 'EDQUOT') throw error;
    throw new OdstError('STORAGE_DISK_FULL', ranOut, {}, { cause: error });
  }
}

/** Runs a lookup; undefined when the file is not there. */
export async function unlessMissing<T>(lookup: () => Promise<T>): Promise<T | undefined> {
  try {
    return await lookup();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
