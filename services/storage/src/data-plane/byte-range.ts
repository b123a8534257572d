import type { ByteRange } from '@odst/blob-store';

/** What a Range header asks of a representation (RFC 9110 §14): everything, a part of it, or a part that is not there. */
export type RequestedRange = ByteRange | 'whole' | 'unsatisfiable';

/**
 * Reads a Range header. Only single ranges of bytes are served as such; several at once, other units and malformed
 * headers count as none, as RFC 9110 §14.2 allows. An empty file has no range that Content-Range could name.
 */
export function parseRange(header: string | undefined, sizeBytes: number): RequestedRange {
  const [, list = ''] = /^bytes=(.*)$/i.exec(header ?? '') ?? [];
  // Empty elements of a list count for nothing (RFC 9110 §5.6.1.2).
  const [only = '', ...more] = list
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  if (more.length > 0) return 'whole';
  const [, first = '', last = ''] = /^(\d*)-(\d*)$/.exec(only) ?? [];
  if (first === '' && last === '') return 'whole';
  if (first === '') {
    const suffix = Number(last);
    if (sizeBytes === 0 && suffix > 0) return 'whole';
    return suffix === 0 ? 'unsatisfiable' : { start: Math.max(0, sizeBytes - suffix), end: sizeBytes };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return 'whole';
  if (start >= sizeBytes) return 'unsatisfiable';
  return { start, end: last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes) };
}

/** Value of Content-Range for a served range. */
export function contentRange(range: ByteRange, sizeBytes: number): string {
  return `bytes ${range.start}-${range.end - 1}/${sizeBytes}`;
}
