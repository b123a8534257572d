import { isOdstError, OdstError } from '@odst/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** The ETag of a version (RFC 9110 §8.8.3), a strong one. */
export function versionTag(version: bigint): string {
  return `"${version}"`;
}

/** The version of `If-Match: "7"`, also without the quotes, which many clients leave off; 0 without the header and for any version. */
export function expectedVersion({ headers }: FastifyRequest): bigint {
  const header = headers['if-match'];
  if (header === undefined || header === '*') return 0n;
  const [, , digits] = /^("?)(0*[1-9]\d{0,14})\1$/.exec(header) ?? [];
  if (digits !== undefined) return BigInt(digits);
  throw new OdstError('COMMON_REQUEST_INVALID', 'If-Match is one version, as "7"', { pointer: '/If-Match' });
}

/**
 * What a service answers to a change of the version that If-Match names: a conflict with it is a failed precondition (RFC 9110 §13.1.1).
 * @param expected 0 for any version
 * @throws OdstError COMMON_PRECONDITION_FAILED
 */
export async function underIfMatch<T>(expected: bigint, change: Promise<T>): Promise<T> {
  try {
    return await change;
  } catch (error) {
    if (expected === 0n || !isOdstError(error, 'COMMON_COMMAND_CONFLICT')) throw error;
    throw new OdstError('COMMON_PRECONDITION_FAILED', error.message, error.details, { cause: error });
  }
}

/**
 * Tells a version, and whether the client has it already (RFC 9110 §13.1.2): then the answer is to be 304, without a body. For what changes
 * with its version alone.
 */
export function hasVersion({ headers }: FastifyRequest, reply: FastifyReply, version: bigint): boolean {
  const tag = versionTag(version);
  reply.header('etag', tag).header('cache-control', 'no-cache');
  const known = headers['if-none-match']?.split(',').map((one) => one.trim().replace(/^W\//, '')) ?? [];
  return known.includes(tag);
}
