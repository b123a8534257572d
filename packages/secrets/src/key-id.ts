import { createHash } from 'node:crypto';

/** Bytes of a key's id. */
export const keyIdBytes = 8;

/** Id of a key, 16 hex digits: part of its hash, and no secret. */
export function keyIdOfKey(key: Uint8Array): string {
  const hash = createHash('sha256').update('odst key id\0').update(key).digest();
  return hash.subarray(0, keyIdBytes).toString('hex');
}
