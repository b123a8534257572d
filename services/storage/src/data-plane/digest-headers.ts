import { OdstError } from '@odst/kernel';

/** The digests that are known of every content, hex. */
export type Digests = { readonly sha256: string; readonly sha1?: string | undefined };

/** Names of the algorithms in header fields, the strongest first. */
const algorithms = ['sha-256', 'sha'] as const;
type Algorithm = (typeof algorithms)[number];

/** How much each algorithm is wanted, by name in lower case. */
type Wishes = ReadonlyMap<string, number>;

/**
 * The header fields that tell a digest of the whole content, also with a part of it: a client that put together parts of two
 * contents notices. `Repr-Digest` (RFC 9530) comes unasked; its forerunner `Digest` (RFC 3230) only to who wants it.
 * @param want values of Want-Repr-Digest and Want-Digest
 */
export function digestHeaders(
  digests: Digests,
  want: { readonly reprDigest: string | undefined; readonly digest: string | undefined },
): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  const known = algorithms.filter((algorithm) => base64Of(digests, algorithm) !== undefined);
  const wishes = wantedOf9530(want.reprDigest);
  const repr = mostWanted(known, wishes) ?? (wishes.get('sha-256') === 0 ? undefined : 'sha-256');
  if (repr !== undefined) headers['repr-digest'] = `${repr}=:${base64Of(digests, repr)}:`;
  const digest = mostWanted(known, wantedOf3230(want.digest));
  if (digest !== undefined) headers['digest'] = `${digest.toUpperCase()}=${base64Of(digests, digest)}`;
  return headers;
}

/** A SHA-256 as RFC 9530 writes it, for Content-Digest. */
export function sha256Digest(sha256: Uint8Array): string {
  return `sha-256=:${Buffer.from(sha256).toString('base64')}:`;
}

/**
 * The SHA-256 that Content-Digest or Repr-Digest of a request gives (RFC 9530 §2, §3), hex; undefined for none. Other algorithms say
 * nothing that is checked here.
 * @throws OdstError COMMON_REQUEST_MALFORMED
 */
export function sha256Of(header: string, value: string | readonly string[] | undefined): string | undefined {
  if (value === undefined) return undefined;
  const members = [value].flat().join(',').split(',');
  let found: string | undefined;
  for (const member of members) {
    const [, name, base64 = ''] = /^[ \t]*([a-z*][a-z0-9_.*-]*)=:([A-Za-z0-9+/]*={0,2}):[ \t]*$/.exec(member) ?? [];
    const digest = Buffer.from(base64, 'base64').toString('hex');
    if (name === undefined || (name === 'sha-256' && digest.length !== 64)) {
      throw new OdstError('COMMON_REQUEST_MALFORMED', `${header} is no list of digests as sha-256=:<Base64>: (RFC 9530)`);
    }
    if (name === 'sha-256') found = digest;
  }
  return found;
}

function base64Of({ sha256, sha1 }: Digests, algorithm: Algorithm): string | undefined {
  const hex = algorithm === 'sha-256' ? sha256 : sha1;
  return hex === undefined ? undefined : Buffer.from(hex, 'hex').toString('base64');
}

function mostWanted(known: readonly Algorithm[], wishes: Wishes): Algorithm | undefined {
  const weight = (algorithm: Algorithm) => wishes.get(algorithm) ?? 0;
  const [best] = known.toSorted((one, other) => weight(other) - weight(one));
  return best !== undefined && weight(best) > 0 ? best : undefined;
}

/** RFC 3230 §4.3.1: `SHA-256;q=1, SHA;q=0.5`; a name alone weighs 1. What is malformed is passed over. */
function wantedOf3230(value = ''): Wishes {
  const items = value
    .split(',')
    .map((item) => /^\s*([\w-]+)\s*(?:;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?$/i.exec(item));
  return new Map(items.filter((item) => item !== null).map(([, name = '', q = '1']) => [name.toLowerCase(), Number(q)]));
}

/** RFC 9530 §4: `sha-256=10, sha=3`, a dictionary of weights from 0 to 10. One that is malformed counts as none (RFC 9651 §4.2). */
function wantedOf9530(value = ''): Wishes {
  const items = value.split(',').map((item) => /^[ \t]*([a-z*][a-z0-9_.*-]*)=(\d{1,15})[ \t]*$/.exec(item));
  const read = items.filter((item) => item !== null);
  if (read.length < items.length) return new Map();
  return new Map(read.map(([, name = '', weight]) => [name, Number(weight)] as const).filter(([, weight]) => weight <= 10));
}
