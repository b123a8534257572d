import { uuidV5 } from '@odst/kernel';

/** Namespace of package ids: the same in every installation, or servers could not agree on a package. */
const packageNamespace = '6d0f2a9e-3c57-4b18-9a64-e1b27d85c043';

/**
 * Identity of a package: UUIDv5 of its file name, case-sensitive, the same on every server.
 * @param filename any normal form; NFC is what counts
 * @returns 32 hex digits
 */
export function packageUuid(filename: string): string {
  return uuidV5(packageNamespace, filename.normalize('NFC')).replaceAll('-', '');
}

/** Stream of a package. As its version is unique, so is the name. */
export function packageStream(uuid: string): string {
  return `package-${uuid}`;
}

/** Stream of the refusal of an upload. */
export function uploadStream(uploadId: string): string {
  return `upload-${uploadId}`;
}
