import { createHash } from 'node:crypto';
import { changesOfRecord, PackageRecord } from '@odst/contracts/catalog';
import type { SignedProfile } from '@odst/contracts/registration';
import { OdstError } from '@odst/kernel';
import { entriesOf, prefixOf, type RecordDigest, rangeCount, rangeOf } from '../domain/comparison.ts';
import type { DigestsPage, ListPeerDigests, RangesAnswer, RecordsAnswer } from './comparison-ports.ts';
import type { OwnWriter } from './own-writer.ts';
import type { Catalog, FeedStore, Scheduler } from './ports.ts';

/** Packages of a page of digests. */
const largestPage = 1_000;

/** Packages whose records are asked for at once. */
export const mostRecords = 100;

/** An answer ends before its records have more bytes of JSON than this, unless its first one alone has. */
const budgetBytes = 1_048_576;

/** An answer ends after this time where it has something. */
const longestGatherMs = 2_000;

/** Digests read from catalog at once. */
const batch = 2_000;

const digestBytes = 32;

/** What answers to the comparisons of peers need. */
export type AnswerDeps = {
  readonly catalog: Pick<Catalog, 'records' | 'recordDigests'>;
  readonly feed: Pick<FeedStore, 'profilesOf'>;
  readonly scheduler: Scheduler;
  readonly ownWriter: Pick<OwnWriter, 'cover'>;
};

/** What a peer asks that compares. All throw COMMON_REQUEST_INVALID for what is no such question, and what catalog throws. */
export interface DigestAnswers {
  compareRanges(ranges: Uint8Array, signal: AbortSignal): Promise<RangesAnswer>;
  listDigests(page: ListPeerDigests, signal: AbortSignal): Promise<DigestsPage>;
  readRecords(uuids: readonly string[], signal: AbortSignal): Promise<Omit<RecordsAnswer, 'malformed'>>;
}

/** The digests of this server's ranges, one after the other. They are read in pages, so that nothing waits for long. */
export async function ownRanges(
  catalog: Pick<Catalog, 'recordDigests'>,
  signal: AbortSignal,
): Promise<{ readonly ranges: Uint8Array; readonly packages: number }> {
  const hashes = Array.from({ length: rangeCount }, () => createHash('sha256'));
  let packages = 0;
  for await (const digests of digestPages(catalog, '', signal)) {
    for (const [range, ofRange] of Map.groupBy(digests, ({ uuid }) => rangeOf(uuid))) hashes[range]?.update(entriesOf(ofRange));
    packages += digests.length;
  }
  return { ranges: Buffer.concat(hashes.map((hash) => hash.digest())), packages };
}

/** The digests of the packages whose uuids begin with these digits, ascending, in pages. */
export async function* digestPages(
  catalog: Pick<Catalog, 'recordDigests'>,
  prefix: string,
  signal: AbortSignal,
): AsyncGenerator<readonly RecordDigest[]> {
  for (let after = ''; ; ) {
    const page = await catalog.recordDigests({ prefix, after, limit: batch, uuids: [] }, signal);
    yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < batch) return;
    after = last.uuid;
  }
}

/** Builds the answers. */
export function createDigestAnswers(deps: AnswerDeps): DigestAnswers {
  const { catalog } = deps;
  return {
    async compareRanges(theirs, signal) {
      if (theirs.length !== rangeCount * digestBytes) throw invalid(`ranges are ${rangeCount} digests of ${digestBytes} bytes`);
      const { ranges, packages } = await ownRanges(catalog, signal);
      const digestOf = (all: Uint8Array, range: number) => all.subarray(range * digestBytes, (range + 1) * digestBytes);
      const differing = Array.from({ length: rangeCount }, (_, range) => range).filter((range) => {
        return Buffer.compare(digestOf(ranges, range), digestOf(theirs, range)) !== 0;
      });
      return { differing, packages };
    },
    async listDigests({ ranges, after }, signal) {
      if (!ranges.every((range) => Number.isInteger(range) && range >= 0 && range < rangeCount))
        throw invalid('a range is 0 to 255');
      if (!/^([0-9a-f]{32})?$/.test(after)) throw invalid('after is no uuid');
      const digests: RecordDigest[] = [];
      for (const range of [...new Set(ranges)].toSorted((one, other) => one - other)) {
        if (after !== '' && range < rangeOf(after)) continue;
        const limit = largestPage + 1 - digests.length;
        digests.push(...(await catalog.recordDigests({ prefix: prefixOf(range), after, limit, uuids: [] }, signal)));
        if (digests.length > largestPage) break;
      }
      const page = digests.slice(0, largestPage);
      return { digests: page, next: digests.length > largestPage ? (page.at(-1)?.uuid ?? '') : '' };
    },
    async readRecords(uuids, signal) {
      const isProper = uuids.length >= 1 && uuids.length <= mostRecords && uuids.every((uuid) => /^[0-9a-f]{32}$/.test(uuid));
      if (!isProper) throw invalid(`uuids are 1 to ${mostRecords} of 32 hex digits`);
      const { records, taken } = await recordsOf(deps, uuids, signal);
      await deps.ownWriter.cover(records);
      return { records, profiles: await profilesOf(deps, records), taken };
    },
  };
}

async function recordsOf({ catalog, scheduler }: AnswerDeps, uuids: readonly string[], signal: AbortSignal) {
  const endsAtMs = scheduler.now().getTime() + longestGatherMs;
  const records: PackageRecord[] = [];
  let restBytes = budgetBytes;
  for await (const record of catalog.records(uuids, signal)) {
    restBytes -= Buffer.byteLength(JSON.stringify(PackageRecord.toJSON(record)));
    const isOver = restBytes < 0 || scheduler.now().getTime() >= endsAtMs;
    // They come in the order asked for: what lies between has no record.
    if (isOver && records.length > 0) return { records, taken: uuids.indexOf(record.uuid) };
    records.push(record);
  }
  return { records, taken: uuids.length };
}

/** Of all that signed, or whose changes those that signed had seen. */
function profilesOf({ feed }: AnswerDeps, records: readonly PackageRecord[]): Promise<readonly SignedProfile[]> {
  const changes = records.flatMap(changesOfRecord);
  const writers = changes.flatMap(({ sets }) => sets.flatMap(({ seen }) => seen.map(({ writer }) => writer.slice(0, 32))));
  return feed.profilesOf([...new Set([...changes.map(({ iss }) => iss), ...writers])]);
}

function invalid(message: string): OdstError {
  return new OdstError('COMMON_REQUEST_INVALID', message);
}
