import { OdstError } from '@odst/kernel';
import { malformed } from './form-splitter.ts';
import { decodeExtended, decodeName, type RawValue } from './part-names.ts';

/** What the head of a part says about it. */
export type PartHead = {
  /** Of the field. */
  readonly name: string;
  /** Decoded, but not checked; undefined for a field that is no file. */
  readonly filename: string | undefined;
  /** As it came; empty where there is none. */
  readonly contentType: string;
};

const maxHeaders = 32;
/** The headers that are looked at; each may stand once. RFC 7578 §4.8 has no Content-Encoding, but some clients send it. */
const known = ['content-disposition', 'content-type', 'content-transfer-encoding', 'content-encoding'];

/**
 * Reads the head of a part of a form. `filename*` wins over `filename` wherever it stands (RFC 6266 §4.3).
 * @throws OdstError COMMON_REQUEST_MALFORMED for what is no head; COMMON_REQUEST_INVALID, CATALOG_FILENAME_INVALID for one
 *   that lacks a name or has one that cannot be read; COMMON_CONTENT_ENCODING_UNSUPPORTED for an encoded body
 */
export function readPartHead(bytes: Buffer): PartHead {
  const headers = headersOf(bytes.toString('latin1'));
  const disposition = headers.get('content-disposition');
  if (disposition === undefined) throw invalid('a part of the form has no Content-Disposition, and so no name', '/');
  const { type, parameters } = parseDisposition(disposition);
  if (type !== 'form-data') throw invalid('the Content-Disposition of a part of a form is form-data, with a name', '/');
  const filename = nameOf(
    parameters,
    'filename',
    (words) => new OdstError('CATALOG_FILENAME_INVALID', `the file name ${words}`, { pointer: '/file' }),
  );
  const name = nameOf(parameters, 'name', (words) => invalid(`the name of a field ${words}`, '/'));
  if (name === undefined) {
    throw filename === undefined
      ? invalid('a part of the form has no name', '/')
      : invalid('a part of the form has a file name, but is not named file', '/file');
  }
  const contentType = headers.get('content-type')?.trim() ?? '';
  refuseEncoded(name, headers);
  return { name, filename, contentType };
}

/** `form-data; name="file"; filename="NoMAD.pkg"`. */
type Disposition = { readonly type: string; readonly parameters: ReadonlyMap<string, RawValue> };

const headerLine = /^([!#$%&'*+\-.^_`|~0-9a-z]+)[ \t]*:(.*)$/is;

function headersOf(head: string): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  // Long headers may go on in the next line (RFC 5322 §2.2.3).
  const lines = head.replace(/\r\n(?=[ \t])/g, '').split('\r\n');
  if (lines.length > maxHeaders) throw malformed(`a part has more than ${maxHeaders} headers`);
  for (const line of lines) {
    if (line === '') continue;
    const [, name, value = ''] = headerLine.exec(line) ?? [];
    if (name === undefined) throw malformed('a part has a line in its head that is no header');
    const key = name.toLowerCase();
    if (!known.includes(key)) continue;
    if (headers.has(key)) throw malformed(`a part has two headers ${name}`);
    headers.set(key, value);
  }
  return headers;
}

/** A parameter with the `;` before it; of `"` and `\` in quotes curl before 7.81 and older browsers send `\"` and `\\`. */
const parameter = /[ \t]*;[ \t]*(?:([^\s;="]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^";]*)))?[ \t]*(?=;|$)/sy;

function parseDisposition(value: string): Disposition {
  const [typed = '', type = ''] = /^[ \t]*([^\s;"]*)[ \t]*(?=;|$)/.exec(value) ?? [];
  const parameters = new Map<string, RawValue>();
  for (let at = typed.length; at < value.length; at = parameter.lastIndex) {
    parameter.lastIndex = at;
    const [found, name, quoted, bare = ''] = parameter.exec(value) ?? [];
    if (found === undefined) throw malformed('a Content-Disposition is not of the form form-data; name="…"; filename="…"');
    if (name === undefined) continue;
    const key = name.toLowerCase();
    if (parameters.has(key)) throw malformed(`a Content-Disposition has two parameters ${name}`);
    const raw = quoted?.replace(/\\(["\\])/g, '$1');
    parameters.set(key, { bytes: raw ?? bare.trimEnd(), quoted: raw !== undefined });
  }
  return { type: type.toLowerCase(), parameters };
}

function nameOf(parameters: Disposition['parameters'], name: string, refuse: (words: string) => OdstError): string | undefined {
  if (parameters.has(`${name}*0`) || parameters.has(`${name}*0*`)) throw refuse('comes in pieces (RFC 2231); send it in one');
  const extended = parameters.get(`${name}*`);
  if (extended !== undefined) return decodeExtended(extended, refuse);
  const plain = parameters.get(name);
  return plain === undefined ? undefined : decodeName(plain, refuse);
}

/** Bytes that stand for others would be kept, and served, as if they were the package. */
function refuseEncoded(name: string, headers: ReadonlyMap<string, string>): void {
  const how = encodingOf(headers);
  if (how === undefined) return;
  throw new OdstError(
    'COMMON_CONTENT_ENCODING_UNSUPPORTED',
    `the part ${JSON.stringify(name)} comes with the ${how}; send its bytes as they are, as binary`,
    { pointer: pointerTo(name) },
  );
}

function encodingOf(headers: ReadonlyMap<string, string>): string | undefined {
  const [type = '', transfer = '', content = ''] = ['content-type', 'content-transfer-encoding', 'content-encoding'].map((name) =>
    headers.get(name)?.trim().toLowerCase(),
  );
  if (!['', 'binary', '7bit', '8bit'].includes(transfer)) return `Content-Transfer-Encoding ${transfer}`;
  if (!['', 'identity'].includes(content)) return `Content-Encoding ${content}`;
  return type.startsWith('multipart/') ? `Content-Type ${type}` : undefined;
}

function invalid(message: string, pointer: string): OdstError {
  return new OdstError('COMMON_REQUEST_INVALID', message, { pointer });
}

/** The JSON pointer to a field (RFC 6901 §3). */
export function pointerTo(name: string): string {
  return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
