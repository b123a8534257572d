import type { ErrorCode } from '@odst/kernel';
import type { ConnectionError } from 'fastify';

/** Why bytes never became a request: a code, and what to send instead. */
export type ParserFault = readonly [code: ErrorCode, detail: string];

/** Whether who sent them wants the head of an answer alone, as far as the bytes that came last tell. */
export function wantsHeadOnly(error: ConnectionError): boolean {
  return stop(error).packet.startsWith('HEAD ');
}

const httpVersion1 = 'this port speaks HTTP in version 1.1';

/** What the parser refused, in words for who sent it. Nothing of it is quoted but a method: there may be secrets in the rest. */
export function faultOf(error: ConnectionError): ParserFault {
  if (error.code === 'HPE_HEADER_OVERFLOW') return ['COMMON_HEADERS_TOO_LARGE', `${longPart(error)} longer than 16 KiB`];
  const method = error.code === 'HPE_INVALID_METHOD' ? /^([\w-]+) \S+ HTTP\/1\.[01]\r?$/.exec(lineOf(error))?.[1] : undefined;
  if (method === undefined) return ['COMMON_REQUEST_MALFORMED', wordsFor(error)];
  const hint = method === method.toUpperCase() ? '' : ': methods are written in capitals';
  return ['COMMON_METHOD_UNKNOWN', `${method.slice(0, 30)} is no method that is known here${hint}`];
}

function wordsFor(error: ConnectionError): string {
  switch (error.code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 'the head of the request did not come in time';
    case 'HPE_INVALID_EOF_STATE':
      return 'the request ended before it was complete';
    case 'HPE_INVALID_URL':
      return targetFault(lineOf(error));
    case 'HPE_INVALID_CONSTANT':
      return 'the path has a space in it, or something else than HTTP/1.1 behind it: a space is %20';
    case 'HPE_INVALID_VERSION':
      return error.message.includes('CRLF') ? lineEnds : httpVersion1;
    case 'HPE_PAUSED_H2_UPGRADE':
      return `${httpVersion1}, and what came is HTTP/2`;
    case 'HPE_UNEXPECTED_CONTENT_LENGTH':
      return 'Content-Length is there twice, or beside Transfer-Encoding: send one of them, once';
    case 'HPE_INVALID_CONTENT_LENGTH':
      return 'Content-Length is no whole number of bytes';
    case 'HPE_INVALID_TRANSFER_ENCODING':
      return 'Transfer-Encoding may be chunked and nothing else, and not beside Content-Length';
    case 'HPE_INVALID_CHUNK_SIZE':
      return 'a chunk of the body does not begin with its size in hexadecimal digits';
    case 'HPE_INVALID_HEADER_TOKEN':
      return 'a line of the header is not of the form "Name: value", or has a control character in it';
    case 'HPE_LF_EXPECTED':
    case 'HPE_CR_EXPECTED':
      return lineEnds;
    default:
      return strangerWords(lineOf(error));
  }
}

const lineEnds = 'lines of the head end with CR and LF, and neither stands alone';

function strangerWords(line: string): string {
  if (line.startsWith('\u0016\u0003'))
    return 'this port speaks plain HTTP, and what came is TLS: use an address that begins with http://';
  if (/^(?:PROXY |\r?$)/.test(line)) return 'the PROXY protocol is not taken here: let the proxy send X-Forwarded-For';
  return 'this is not HTTP';
}

function targetFault(line: string): string {
  const target = Buffer.from(line.slice(line.indexOf(' ') + 1).replace(/\r$/, ''), 'latin1');
  const byte = target.find((one) => one < 0x20 || one > 0x7e);
  if (byte === undefined) return 'the path is to begin with a slash, and not to have what no URL has';
  const hex = byte.toString(16).toUpperCase().padStart(2, '0');
  return `percent-encode the path: the byte ${hex} in it is written %${hex}`;
}

/** What of a head is too long, as far as the bytes that came last tell. */
function longPart(error: ConnectionError): string {
  const { packet, at } = stop(error);
  return /^[A-Z-]+ [^\n]*$/.test(packet.slice(0, at)) ? 'the path is' : 'the path and the headers are';
}

/** The line in which the parser stopped, as far as the bytes that came last tell. */
function lineOf(error: ConnectionError): string {
  const { packet, at } = stop(error);
  const start = packet.lastIndexOf('\n', at - 1) + 1;
  const end = packet.indexOf('\n', at);
  return packet.slice(start, end === -1 ? undefined : end);
}

function stop({ rawPacket, bytesParsed = 0 }: ConnectionError): { readonly packet: string; readonly at: number } {
  // Fastify's type describes the bytes as JSON would.
  const bytes = rawPacket as unknown as Buffer | undefined;
  return { packet: bytes?.toString('latin1') ?? '', at: bytesParsed };
}
