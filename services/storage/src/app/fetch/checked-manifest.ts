import { createHash } from 'node:crypto';
import { OdstError } from '@odst/kernel';
import { decodeManifest, type Manifest } from '../../domain/manifest.ts';
import type { ExpectedBlob } from './fetch-request.ts';

/**
 * Reads a manifest that a peer gave, and believes it only if it is the one whose digest the origin signed.
 * @throws OdstError STORAGE_MANIFEST_INVALID
 */
export function checkedManifest(bytes: Uint8Array, expected: ExpectedBlob): Manifest {
  const digest = createHash('sha256').update(bytes).digest('hex');
  if (digest !== expected.manifestDigest) {
    throw new OdstError('STORAGE_MANIFEST_INVALID', "the peer's manifest is not the one that the origin signed");
  }
  const manifest = decodeManifest(bytes);
  if (manifest.sha256 !== expected.sha256 || manifest.sizeBytes !== expected.sizeBytes) {
    throw new OdstError('STORAGE_MANIFEST_INVALID', 'the manifest that the origin signed is of other content than its record');
  }
  return manifest;
}
