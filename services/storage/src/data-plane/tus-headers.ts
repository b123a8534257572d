import type { IncomingHttpHeaders } from 'node:http';
import { checkFilename, isOdstError, OdstError, parseStage, type Stage } from '@odst/kernel';
import type { BodyDigest } from '../app/resumable/body-check.ts';
import { sha256Of } from './digest-headers.ts';
import { pointerTo } from './part-head.ts';
import { decodeUtf8 } from './part-names.ts';
import { parseReplace, parseReplaces, parseSha256 } from './upload-form.ts';

/** The version of tus that is spoken here. */
export const tusVersion = '1.0.0';

/** Content type of bytes that go on. */
const offsetOctets = 'application/offset+octet-stream';

const maxMetadataLength = 8_192;
const maxMetadataKeys = 32;

const malformed = (words: string) => new OdstError('COMMON_REQUEST_MALFORMED', words);
const textOf = (headers: IncomingHttpHeaders, name: string): string | undefined => {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
};

/** @throws OdstError STORAGE_UPLOAD_VERSION_UNSUPPORTED */
export function assertTus(headers: IncomingHttpHeaders): void {
  const version = textOf(headers, 'tus-resumable');
  if (version === tusVersion) return;
  const given = version === undefined ? 'none' : JSON.stringify(version);
  throw new OdstError('STORAGE_UPLOAD_VERSION_UNSUPPORTED', `Tus-Resumable is to be ${tusVersion}; there is ${given}`);
}

/** Whether a request has a body, as far as its headers tell (RFC 9112 §6.3). */
export function hasBody(headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** @throws OdstError COMMON_CONTENT_TYPE_UNSUPPORTED */
export function assertOctets({ 'content-type': type = '' }: IncomingHttpHeaders): void {
  if (type.trim().toLowerCase() === offsetOctets) return;
  const given = type === '' ? 'none' : JSON.stringify(type);
  throw new OdstError(
    'COMMON_CONTENT_TYPE_UNSUPPORTED',
    `the bytes of an upload are ${offsetOctets}; the Content-Type is ${given}`,
  );
}

/** A count of bytes; undefined where there is no such header. @throws OdstError COMMON_REQUEST_MALFORMED */
function countOf(headers: IncomingHttpHeaders, name: string, title: string): number | undefined {
  const value = textOf(headers, name);
  if (value === undefined) return undefined;
  if (!/^(?:0|[1-9]\d*)$/.test(value)) throw malformed(`${title} is no count of bytes: ${JSON.stringify(value.slice(0, 100))}`);
  return Number(value);
}

/** Where the bytes begin. @throws OdstError COMMON_REQUEST_MALFORMED */
export function uploadOffset(headers: IncomingHttpHeaders): number {
  const offset = countOf(headers, 'upload-offset', 'Upload-Offset');
  if (offset === undefined) throw malformed('there is no Upload-Offset');
  if (!Number.isSafeInteger(offset)) throw malformed('Upload-Offset is larger than any file');
  return offset;
}

/** Bytes of the whole file; may be larger than any file. @throws OdstError COMMON_REQUEST_MALFORMED */
export function uploadLength(headers: IncomingHttpHeaders): number {
  if (headers['upload-concat'] !== undefined) throw malformed('Upload-Concat is not taken: uploads are not put together here');
  if (headers['upload-defer-length'] !== undefined) {
    throw malformed(
      'Upload-Defer-Length is not taken: room is reserved for the whole file, so Upload-Length is to say how long it is',
    );
  }
  const length = countOf(headers, 'upload-length', 'Upload-Length');
  if (length === undefined) throw malformed('there is no Upload-Length');
  return length;
}

const digestBytes = { sha1: 20, sha256: 32 } as const;

/** What the body is to be. @throws OdstError COMMON_REQUEST_MALFORMED */
export function bodyDigests(headers: IncomingHttpHeaders): readonly BodyDigest[] {
  const digests: BodyDigest[] = [];
  const checksum = textOf(headers, 'upload-checksum');
  if (checksum !== undefined) {
    const [, algorithm = '', base64 = ''] = /^([a-z0-9-]+) ([A-Za-z0-9+/]+={0,2})$/.exec(checksum) ?? [];
    const bytes = Buffer.from(base64, 'base64');
    if ((algorithm !== 'sha1' && algorithm !== 'sha256') || bytes.length !== digestBytes[algorithm]) {
      throw malformed('Upload-Checksum is sha1 or sha256, a space, and the digest in Base64');
    }
    digests.push({ algorithm, digest: bytes.toString('hex'), header: 'Upload-Checksum' });
  }
  const sha256 = sha256Of('Content-Digest', headers['content-digest']);
  if (sha256 !== undefined) digests.push({ algorithm: 'sha256', digest: sha256, header: 'Content-Digest' });
  return digests;
}

/** What a new upload is to become. */
export type UploadWish = {
  readonly filename: string;
  readonly stage: Stage;
  readonly replace: boolean;
  /** What the stage is to have when it is replaced; empty for whatever it has. */
  readonly replaces: string;
  readonly wantedSha256: string | undefined;
  /** As it came. */
  readonly metadata: string;
};

/**
 * Reads what the headers of a creation say of the file.
 * @throws OdstError COMMON_REQUEST_INVALID, CATALOG_FILENAME_INVALID, CATALOG_STAGE_UNKNOWN, STORAGE_UPLOAD_FILE_MISSING,
 *   STORAGE_UPLOAD_STAGE_MISSING, COMMON_REQUEST_MALFORMED
 */
export function uploadWish(headers: IncomingHttpHeaders, allowedExtensions: readonly string[]): UploadWish {
  const metadata = textOf(headers, 'upload-metadata') ?? '';
  const values = metadataOf(metadata);
  const filename = values.get('filename');
  if (filename === undefined) throw missing('STORAGE_UPLOAD_FILE_MISSING', 'filename');
  const stage = values.get('stage');
  if (stage === undefined) throw missing('STORAGE_UPLOAD_STAGE_MISSING', 'stage');
  const replace = values.get('replace');
  const seen = values.get('replaces');
  const digest = values.get('sha256');
  const sha256 = digest === undefined ? undefined : parseSha256(digest);
  const repr = sha256Of('Repr-Digest', headers['repr-digest']);
  if (sha256 !== undefined && repr !== undefined && sha256 !== repr) throw invalid('sha256', 'is not what Repr-Digest says');
  return {
    filename: checkedName(filename, allowedExtensions),
    stage: parseStage(stage),
    // Who says what is to be replaced wants it replaced.
    replace: seen !== undefined || (replace !== undefined && parseReplace(replace)),
    replaces: seen === undefined ? '' : parseReplaces(seen),
    wantedSha256: sha256 ?? repr,
    metadata,
  };
}

/** What `Odst-Replaces` says; undefined without it. @throws OdstError COMMON_REQUEST_INVALID */
export function replacesOf(headers: IncomingHttpHeaders): string | undefined {
  const value = textOf(headers, 'odst-replaces');
  return value === undefined ? undefined : parseReplaces(value);
}

function checkedName(value: string, allowedExtensions: readonly string[]): string {
  try {
    return checkFilename(value, allowedExtensions);
  } catch (error) {
    if (!isOdstError(error)) throw error;
    throw new OdstError(error.code, error.message, { pointer: '/filename' });
  }
}

/** The keys that mean something. */
const known: readonly string[] = ['filename', 'stage', 'replace', 'replaces', 'sha256'];

/** The values of the keys that mean something. Of the others only number and length are looked at. */
function metadataOf(header: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  if (header.length > maxMetadataLength) throw invalid('Upload-Metadata', `has more than ${maxMetadataLength} characters`);
  const pairs = header === '' ? [] : header.split(',');
  if (pairs.length > maxMetadataKeys) throw invalid('Upload-Metadata', `has more than ${maxMetadataKeys} keys`);
  const seen = new Set<string>();
  for (const pair of pairs) {
    const [key = '', value = '', ...more] = pair.trim().split(' ');
    if (!/^[!-~]+$/.test(key) || more.length > 0) {
      throw invalid('Upload-Metadata', 'is a list of keys, each with a space and its value in Base64 behind it');
    }
    if (seen.has(key)) throw invalid(key, `is given more than once in Upload-Metadata`);
    seen.add(key);
    if (!known.includes(key)) continue;
    if (value === '') throw invalid(key, 'has no value in Upload-Metadata');
    if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value)) {
      throw invalid(key, `is not Base64 in Upload-Metadata: ${JSON.stringify(value.slice(0, 100))}`);
    }
    const bytes = Buffer.from(value, 'base64').toString('latin1');
    values.set(
      key,
      decodeUtf8(bytes, (words) => invalid(key, words)),
    );
  }
  return values;
}

function missing(code: 'STORAGE_UPLOAD_FILE_MISSING' | 'STORAGE_UPLOAD_STAGE_MISSING', key: string): OdstError {
  return new OdstError(code, `Upload-Metadata has no ${key}`, { pointer: `/${key}` });
}

function invalid(key: string, words: string): OdstError {
  return new OdstError('COMMON_REQUEST_INVALID', `${key} ${words}`, { pointer: pointerTo(key) });
}
