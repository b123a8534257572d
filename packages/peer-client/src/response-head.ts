/** Head of an HTTP/1.1 answer. */
export type ResponseHead = {
  readonly statusCode: number;
  /** By lower-case name; of a name that comes more than once, all values, joined with commas (RFC 9110 §5.3). */
  readonly headers: ReadonlyMap<string, string>;
  /** Where the body begins. */
  readonly length: number;
};

/** Longest head that is read, in bytes; Node allows as much. */
export const longestHeadBytes = 16_384;

const statusLine = /^HTTP\/1\.1 ([1-5][0-9]{2})(?: [^\r\n]*)?$/;
const fieldLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/;

/**
 * Reads the head that `bytes` begins with; undefined while its end is not there.
 * @throws Error when it is none of HTTP/1.1, or longer than allowed
 */
export function parseResponseHead(bytes: Buffer): ResponseHead | undefined {
  const end = bytes.subarray(0, longestHeadBytes).indexOf('\r\n\r\n');
  if (end === -1) {
    if (bytes.length >= longestHeadBytes) throw new Error(`the head of the answer has more than ${longestHeadBytes} bytes`);
    return undefined;
  }
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const statusCode = Number(statusLine.exec(first)?.[1]);
  if (Number.isNaN(statusCode)) throw new Error('the answer is none of HTTP/1.1');
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = fieldLine.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new Error('a header of the answer has no form of HTTP/1.1');
    const key = name.toLowerCase();
    const before = headers.get(key);
    headers.set(key, before === undefined ? value : `${before}, ${value}`);
  }
  return { statusCode, headers, length: end + 4 };
}
