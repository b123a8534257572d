import type { Shape } from '../../api/client.ts';

/** What pages note at the server of an upload, beside what it is to become: which file it is of. */
export const identityKey = 'identity';
/** What `replaces` says of a stage that has nothing of the name. */
export const nothingSeen = 'nothing';

/** Looked at of a file, spread over it: enough to tell two builds of one size apart, and nothing against 12 GB. */
const sampleBytes = 16_384;
const samples = 24;

/** The part of a file that is looked at. */
export type IdentifiedFile = Pick<File, 'size' | 'lastModified' | 'slice'>;

/**
 * What a file is known by when somebody chooses it again: when it was changed last, and a checksum of parts of it. Going on with another
 * file would make a package of two halves.
 */
export async function identityOf(file: IdentifiedFile): Promise<string> {
  const last = Math.max(file.size - sampleBytes, 0);
  const step = Math.max(Math.ceil(last / (samples - 1)), sampleBytes);
  let [one, other] = [0xdeadbeef, 0x41c6ce57];
  for (const from of new Set(Array.from({ length: samples }, (_, index) => Math.min(index * step, last)))) {
    for (const byte of new Uint8Array(await file.slice(from, from + sampleBytes).arrayBuffer())) {
      one = Math.imul(one ^ byte, 0x9e3779b1);
      other = Math.imul(other ^ byte, 0x5f356495);
    }
  }
  const hex = (value: number) => (value >>> 0).toString(16).padStart(8, '0');
  return `${file.lastModified}-${hex(one)}${hex(other)}`;
}

/** A value of `Upload-Metadata`; undefined where it has none of this name. */
export function metadataValue(metadata: string, key: string): string | undefined {
  const pair = metadata.split(',').find((one) => one.trim().startsWith(`${key} `));
  if (pair === undefined) return undefined;
  try {
    const bytes = Uint8Array.from(atob(pair.trim().slice(key.length + 1)), (letter) => letter.codePointAt(0) ?? 0);
    return new TextDecoder().decode(bytes);
  } catch {
    // Another program wrote it, as it liked.
    return undefined;
  }
}

/** What somebody saw of the name who decided to replace it, null for nothing; undefined where the server replaces whatever is there, or nothing. */
export function seenOf({ replaces }: Pick<Shape<'ResumableUpload'>, 'replaces'>): string | null | undefined {
  if (replaces === null) return undefined;
  return replaces === nothingSeen ? null : replaces;
}

/** Whether a file is the one that an unfinished upload is of. */
export type Match = 'same' | 'other-name' | 'other-size' | 'other-content' | 'not-noted';

/** Compares a file that was chosen again with what the server has of an upload. */
export async function matchOf(
  file: IdentifiedFile & { readonly name: string },
  { filename, sizeBytes, metadata }: Pick<Shape<'ResumableUpload'>, 'filename' | 'sizeBytes' | 'metadata'>,
): Promise<Match> {
  if (file.name.normalize('NFC') !== filename) return 'other-name';
  if (file.size !== sizeBytes) return 'other-size';
  const noted = metadataValue(metadata, identityKey);
  if (noted !== undefined) return (await identityOf(file)) === noted ? 'same' : 'other-content';
  // Another program began it: the server holds what it gets to this digest, or nothing would.
  return metadataValue(metadata, 'sha256') === undefined ? 'not-noted' : 'same';
}
