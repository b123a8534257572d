import type { Multipart, MultipartFile } from '@fastify/multipart';
import { checkFilename, OdstError, parseStage, type Stage } from '@odst/kernel';
import type { FastifyRequest } from 'fastify';

/** Busboy's block of a file: the default of 64 KiB halves the speed. */
const fileBlockBytes = 1_048_576;

/** Stage and replace are short words. */
const maxFieldBytes = 1_024;

/** What a form may hold, in the order in which it comes. */
export type FormEvent =
  | { readonly type: 'stage'; readonly stage: Stage }
  | { readonly type: 'file'; readonly filename: string; readonly stream: MultipartFile['file'] };

/**
 * Reads the form of an upload: `file`, `stage` and, optionally, `replace`, in any order, each once; other fields are
 * ignored, other files refused. Every value is checked as it comes.
 * @param fields holds what was read so far
 * @throws OdstError CATALOG_STAGE_UNKNOWN, CATALOG_FILENAME_INVALID, COMMON_REQUEST_INVALID
 */
export async function* readUploadForm(
  request: FastifyRequest,
  allowedExtensions: readonly string[],
  fields: { stage: Stage | undefined; replace: boolean },
): AsyncGenerator<FormEvent, void, undefined> {
  const seen = new Set<string>();
  const parts = request.parts({
    fileHwm: fileBlockBytes,
    highWaterMark: fileBlockBytes,
    preservePath: true,
    throwFileSizeLimit: false,
    limits: { fileSize: Number.MAX_SAFE_INTEGER, fieldSize: maxFieldBytes, parts: 16, headerPairs: 32 },
  } as Parameters<FastifyRequest['parts']>[0]);
  for await (const part of parts) {
    if (seen.has(part.fieldname)) throw invalid(`the form has several parts named ${JSON.stringify(part.fieldname)}`, part);
    seen.add(part.fieldname);
    if (part.type === 'file') {
      if (part.fieldname !== 'file')
        throw invalid(`the form has a file in ${JSON.stringify(part.fieldname)}; it belongs in file`, part);
      yield { type: 'file', filename: checkFilename(part.filename, allowedExtensions), stream: part.file };
    } else if (part.fieldname === 'stage') {
      fields.stage = parseStage(String(part.value));
      yield { type: 'stage', stage: fields.stage };
    } else if (part.fieldname === 'replace') {
      fields.replace = parseReplace(part);
    }
  }
}

function parseReplace(part: Extract<Multipart, { type: 'field' }>): boolean {
  const value = String(part.value);
  if (value !== 'true' && value !== 'false') throw invalid(`replace is true or false, not ${JSON.stringify(value)}`, part);
  return value === 'true';
}

function invalid(message: string, part: Multipart): OdstError {
  return new OdstError('COMMON_REQUEST_INVALID', message, { pointer: `/${part.fieldname}` });
}
