import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { checkFilename, OdstError, parseStage, type Stage } from '@odst/kernel';
import { type FormPart, readParts } from './form-parts.ts';
import { malformed, refuseLoose } from './form-splitter.ts';
import { type PartHead, pointerTo, readPartHead } from './part-head.ts';
import { decodeAs, decodeUtf8 } from './part-names.ts';

/** Of a file, for a sender that is as fast as the disk: 64 KiB halve the speed. */
const defaultBlockBytes = 1_048_576;

const maxParts = 16;
/** Stage and replace are short words. */
const maxValueBytes = 1_024;
/** Of fields that nobody reads. */
const maxIgnoredBytes = 1_048_576;
const maxBoundaryLength = 200;
/** The fields that mean something. */
const once: readonly string[] = ['file', 'stage', 'replace', 'replaces', 'sha256'];

/** What a form may hold, in the order in which it comes. */
export type FormEvent =
  | { readonly type: 'stage'; readonly stage: Stage }
  | { readonly type: 'file'; readonly filename: string; readonly stream: Readable };

/** What is told in fields, as far as the form was read. */
export type FormFields = { stage: Stage | undefined; replace: boolean; replaces: string; sha256?: string };

/** The boundary that the Content-Type of a form names. @throws OdstError COMMON_REQUEST_MALFORMED */
export function boundaryOf(contentType: string): string {
  const [, quoted, bare] = /;[ \t]*boundary[ \t]*=[ \t]*(?:"([^"]+)"|([^\s;"]+))/i.exec(contentType) ?? [];
  const boundary = quoted ?? bare;
  if (boundary === undefined) throw new OdstError('COMMON_REQUEST_MALFORMED', 'the Content-Type names no boundary');
  if (boundary.length > maxBoundaryLength) throw malformed('its boundary is longer than the 70 characters of RFC 2046');
  return boundary;
}

/**
 * Reads the form of an upload: `file`, `stage` and, optionally, `replace`, `replaces` and `sha256`, in any order, each once; other
 * fields are ignored, however often they come, other files refused. Every value is checked as it comes.
 * @param fields holds what was read so far
 * @param blockBytes how much of a file may wait for its reader before the sender is held up
 * @throws OdstError CATALOG_STAGE_UNKNOWN, CATALOG_FILENAME_INVALID, COMMON_CONTENT_ENCODING_UNSUPPORTED,
 *   COMMON_CONTENT_TOO_LARGE, COMMON_REQUEST_INVALID, COMMON_REQUEST_MALFORMED, STORAGE_UPLOAD_EMPTY,
 *   STORAGE_UPLOAD_FILE_MISSING, STORAGE_UPLOAD_SIDE_FILE, STORAGE_UPLOAD_TRUNCATED
 */
export async function* readUploadForm(
  request: { readonly headers: IncomingHttpHeaders; readonly raw: Readable },
  allowedExtensions: readonly string[],
  fields: FormFields,
  blockBytes: number = defaultBlockBytes,
): AsyncGenerator<FormEvent, void, undefined> {
  const seen = new Set<string>();
  let count = 0;
  const boundary = boundaryOf(request.headers['content-type'] ?? '');
  for await (const part of readParts(request.raw, { boundary, blockBytes })) {
    count += 1;
    if (count > maxParts) throw malformed(`it has more than ${maxParts} parts`);
    const head = readPartHead(part.head);
    if (once.includes(head.name) && seen.has(head.name)) {
      throw invalid(head.name, `the form has several parts named ${JSON.stringify(head.name)}`);
    }
    seen.add(head.name);
    if (head.name === 'file') {
      const filename = filenameOf(head, allowedExtensions);
      await checkOpening(part, filename);
      yield { type: 'file', filename, stream: part.body };
    } else if (head.filename !== undefined) {
      throw invalid(head.name, `the form has a file in ${JSON.stringify(head.name)}; it belongs in file`);
    } else if (head.name === 'stage') {
      fields.stage = parseStage(await readValue(part, head, boundary));
      yield { type: 'stage', stage: fields.stage };
    } else if (head.name === 'replace') {
      fields.replace = parseReplace(await readValue(part, head, boundary));
    } else if (head.name === 'replaces') {
      fields.replaces = parseReplaces(await readValue(part, head, boundary));
    } else if (head.name === 'sha256') {
      fields.sha256 = parseSha256(await readValue(part, head, boundary));
    } else {
      await skipField(part, head, boundary);
    }
  }
}

function filenameOf({ filename }: PartHead, allowedExtensions: readonly string[]): string {
  if (filename !== undefined) return checkFilename(filename, allowedExtensions);
  const words = 'the part named file has no file name: send it as a file and name it, as with curl -F file=@Installer.pkg';
  throw new OdstError('STORAGE_UPLOAD_FILE_MISSING', words, { pointer: '/file' });
}

/** Of AppleDouble (RFC 1740 §5): attributes that a Mac keeps beside a file on a volume that cannot hold them. */
const appleDouble = Buffer.from([0x00, 0x05, 0x16, 0x07]);

async function checkOpening({ opening }: FormPart, filename: string): Promise<void> {
  const first = await opening;
  if (first.length === 0) throw new OdstError('STORAGE_UPLOAD_EMPTY', 'the file is empty', { pointer: '/file' });
  if (!first.equals(appleDouble)) return;
  const words = `${JSON.stringify(filename)} is a Mac's side file (AppleDouble): it holds attributes of another file and no package`;
  throw new OdstError('STORAGE_UPLOAD_SIDE_FILE', words, { pointer: '/file' });
}

/** As programs and people spell them, in any case. */
const spellings: readonly (readonly [boolean, readonly string[]])[] = [
  [true, ['true', 't', '1', 'yes', 'y', 'on']],
  [false, ['false', 'f', '0', 'no', 'n', 'off']],
];

/** A yes or no as programs and people spell it. @throws OdstError COMMON_REQUEST_INVALID */
export function parseReplace(value: string): boolean {
  const spelling = value.trim().toLowerCase();
  const found = spellings.find(([, words]) => words.includes(spelling));
  if (found === undefined) throw invalid('replace', `replace is true or false, not ${JSON.stringify(value)}`);
  return found[0];
}

/** What an upload is to replace: a SHA-256 in hex, or `nothing`, in any case. @throws OdstError COMMON_REQUEST_INVALID */
export function parseReplaces(value: string): string {
  const seen = value.trim().toLowerCase();
  if (seen === 'nothing' || /^[0-9a-f]{64}$/.test(seen)) return seen;
  throw invalid(
    'replaces',
    `replaces is the SHA-256 of what the stage has, 64 hex digits, or nothing, not ${JSON.stringify(value)}`,
  );
}

/** A SHA-256 in hex, in any case, as tools print it. @throws OdstError COMMON_REQUEST_INVALID */
export function parseSha256(value: string): string {
  const digest = value.trim().toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(digest)) throw invalid('sha256', `sha256 is 64 hex digits, not ${JSON.stringify(value)}`);
  return digest;
}

async function readValue(part: FormPart, head: PartHead, boundary: string): Promise<string> {
  const bytes = await readBytes(part, head, boundary);
  const refuse = (words: string) => invalid(head.name, `the value of ${head.name} ${words}`);
  const charset = /;[ \t]*charset="?([^\s;"]+)/i.exec(head.contentType)?.[1];
  const value = charset === undefined ? decodeUtf8(bytes, refuse) : decodeAs(charset, bytes);
  if (value === undefined) throw refuse(`is not in the charset ${charset} that its Content-Type names`);
  // As Retrofit sends texts where it was told to send JSON: in quotes.
  const [, json] = /^application\/json\b/i.test(head.contentType) ? (/^\s*"([^"\\]*)"\s*$/.exec(value) ?? []) : [];
  return json ?? value;
}

/** The body of a short field, each byte as a character. */
async function readBytes({ body }: FormPart, { name }: PartHead, boundary: string): Promise<string> {
  let bytes = Buffer.alloc(0);
  for await (const piece of body as AsyncIterable<Buffer>) {
    bytes = Buffer.concat([bytes, piece]);
    refuseLoose(bytes, boundary);
    if (bytes.length > maxValueBytes) {
      throw invalid(name, `the field ${JSON.stringify(name)} has more than ${maxValueBytes} bytes`);
    }
  }
  return bytes.toString('latin1');
}

/** Lets a field go by that nobody reads, and keeps nothing of it, however slowly it comes. */
async function skipField({ body }: FormPart, { name }: PartHead, boundary: string): Promise<void> {
  let tail = Buffer.alloc(0);
  let sizeBytes = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    tail = tailOf(tail, piece, boundary);
    sizeBytes += piece.length;
    if (sizeBytes <= maxIgnoredBytes) continue;
    const words = `the field ${JSON.stringify(name)} has more than ${maxIgnoredBytes} bytes`;
    throw new OdstError('COMMON_CONTENT_TOO_LARGE', words, { pointer: pointerTo(name) });
  }
}

/** Looks for a boundary behind half a line break, and returns as much of the end as may be the beginning of one. */
function tailOf(tail: Buffer, piece: Buffer, boundary: string): Buffer<ArrayBuffer> {
  const bytes = Buffer.concat([tail, piece]);
  refuseLoose(bytes, boundary);
  return Buffer.from(bytes.subarray(-(boundary.length + 4)));
}

function invalid(name: string, message: string): OdstError {
  return new OdstError('COMMON_REQUEST_INVALID', message, { pointer: pointerTo(name) });
}
