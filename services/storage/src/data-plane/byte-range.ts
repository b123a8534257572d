import type { ByteRange } from '@odst/blob-store';

/** What a Range header asks of a representation (RFC 9110 §14): everything, a part of it, or a part that is not there. */
export type RequestedRange = ByteRange | 'whole' | 'unsatisfiable';

/**
 * Reads a Range header. Only single ranges of bytes are served as such; several at once, other units and malformed
 * headers count as none, as RFC 9110 §14.2 allows.
 */
export function parseRange(header: string | undefined, sizeBytes: number): RequestedRange {
  const [, first = '', last = ''] = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header ?? '') ?? [];
  if (first === '' && last === '') return 'whole';
  if (first === '') {
    const suffix = Number(last);
    return suffix === 0 || sizeBytes === 0 ? 'unsatisfiable' : { start: Math.max(0, sizeBytes - suffix), end: sizeBytes };
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
