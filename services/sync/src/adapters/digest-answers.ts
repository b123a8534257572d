import type { PackageRecord } from '@odst/contracts/catalog';
import type { SignedProfile } from '@odst/contracts/registration';
import type { DigestsPage, RangesAnswer, RecordsAnswer } from '../app/comparison-ports.ts';
import { digestsOf, rangeCount } from '../domain/comparison.ts';
import type { MalformedRecord } from '../domain/held-change.ts';
import { nonsense, objectOf, parseProfile, parseRecord } from './changes-page.ts';

/** Packages of a page of digests. */
const largestPage = 1_000;

/** Servers that records may name. */
const mostProfiles = 2_000;

/** In which ranges a peer differs. @throws OdstError SYNC_PEER_FAILED */
export function parseRanges(body: Uint8Array): RangesAnswer {
  const { differing, packages } = objectOf(body);
  const isRanges = (told: unknown): told is number[] =>
    Array.isArray(told) &&
    told.length <= rangeCount &&
    told.every((range) => Number.isInteger(range) && range >= 0 && range < rangeCount);
  if (!isRanges(differing)) throw nonsense('`differing` is no list of ranges');
  if (typeof packages !== 'number' || !Number.isSafeInteger(packages) || packages < 0) throw nonsense('`packages` is no number');
  return {
    differing: [...new Set(differing)].toSorted((one, other) => one - other),
    packages: Math.min(packages, 2_147_483_647),
  };
}

/** A page of packages with their digests. @throws OdstError SYNC_PEER_FAILED */
export function parseDigests(body: Uint8Array): DigestsPage {
  const { entries, next } = objectOf(body);
  const digests = typeof entries === 'string' ? digestsOf(new Uint8Array(Buffer.from(entries, 'base64'))) : undefined;
  if (digests === undefined || digests.length > largestPage)
    throw nonsense(`\`entries\` is no list of at most ${largestPage} packages, ascending`);
  if (typeof next !== 'string' || !/^([0-9a-f]{32})?$/.test(next)) throw nonsense('`next` is no uuid');
  return { digests, next };
}

/** Records that were asked for; a malformed one is left out and told. @throws OdstError SYNC_PEER_FAILED */
export function parseRecords(body: Uint8Array, asked: number): RecordsAnswer {
  const { items, profiles: told, taken } = objectOf(body);
  if (!Array.isArray(items) || items.length > asked) throw nonsense(`\`items\` is no list of at most ${asked} records`);
  if (!Array.isArray(told) || told.length > mostProfiles)
    throw nonsense(`\`profiles\` is no list of at most ${mostProfiles} profiles`);
  if (typeof taken !== 'number' || !Number.isInteger(taken) || taken < 1 || taken > asked)
    throw nonsense(`\`taken\` is not 1 to ${asked}`);
  const records: PackageRecord[] = [];
  const profiles: SignedProfile[] = [];
  const malformed: MalformedRecord[] = [];
  for (const item of items.map(parseRecord)) {
    if ('reason' in item) malformed.push(item);
    else records.push(item);
  }
  for (const item of told.map(parseProfile)) {
    if ('reason' in item) malformed.push(item);
    else profiles.push(item);
  }
  return { records, profiles, malformed, taken };
}
