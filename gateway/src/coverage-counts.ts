import type { Package } from '@odst/contracts/catalog';
import type { HeadCount, SiteCount } from '@odst/contracts/sync';
import { type Caller, type Clock, type Stage, stages } from '@odst/kernel';
import type { Clients } from './clients.ts';
import type { RouteDeps } from './route-deps.ts';
import { oneOf } from './wire.ts';

/** Counts are this old at most: pages of one list, and several admins who look, share them. */
const longestAgeMs = 10_000;

/** Packages, and heads, of one question. */
const packagesAtOnce = 5_000;
const headsAtOnce = 2_000;

/** How many servers hold a head, and which lack it. */
export type CountedHead = Omit<HeadCount, 'lackers'> &
  Named & {
    /** Servers that were heard of, are to hold it, and do not say that they do. */
    readonly lackedBy: readonly string[];
  };

type Named = { readonly id: number; readonly filename: string; readonly stage: Stage; readonly sha256: string };

/** How much of all a server holds, and the bytes of what it lacks. */
export type CountedSite = SiteCount & { readonly lacksBytes: number };

/** Counts of all heads of all packages. */
export type Counts = {
  /** Those that lack most servers first. */
  readonly heads: readonly CountedHead[];
  readonly sites: readonly CountedSite[];
  readonly countedAt: Date;
};

/** Counts of all packages, by catalog and sync. @throws OdstError of these services */
export type CountCoverage = (caller: Caller) => Promise<Counts>;

/** What routes need that tell of counts; all of them share these. */
export type CountingDeps = RouteDeps & { readonly countCoverage: CountCoverage };

/** Builds it. */
export function createCountCoverage(clients: Pick<Clients, 'packages' | 'coverage'>, clock: Clock): CountCoverage {
  let last: { readonly atMs: number; readonly counts: Promise<Counts> } | undefined;
  return (caller) => {
    const nowMs = clock.now().getTime();
    if (last !== undefined && nowMs - last.atMs < longestAgeMs) return last.counts;
    const counts = count(clients, caller, new Date(nowMs));
    last = { atMs: nowMs, counts };
    // A failure is this caller's alone.
    counts.catch(() => {
      if (last?.counts === counts) last = undefined;
    });
    return counts;
  };
}

/** Counts of the heads of some packages, as they are now. */
export type CountsByHead = (stage: Stage, sha256: string) => HeadCount | undefined;

/** Counts the heads of some packages, at most a page of them. @throws OdstError of sync */
export async function countHeads(
  { coverage }: Pick<Clients, 'coverage'>,
  caller: Caller,
  packages: readonly Package[],
): Promise<CountsByHead> {
  const heads = packages.flatMap(headsOf).toSorted((one, other) => compare(one.sha256, other.sha256));
  const counts = new Map<string, HeadCount>();
  for (let from = 0; from < heads.length; from += headsAtOnce) {
    const asked = heads.slice(from, from + headsAtOnce).map(({ stage, sha256 }) => ({ stage, sha256 }));
    const answer = await coverage.countCoverage({ heads: asked }, { caller });
    for (const [index, { stage, sha256 }] of asked.entries()) {
      const counted = answer.heads[index];
      if (counted !== undefined) counts.set(`${stage} ${sha256}`, counted);
    }
  }
  return (stage, sha256) => counts.get(`${stage} ${sha256}`);
}

async function count(
  { packages, coverage }: Pick<Clients, 'packages' | 'coverage'>,
  caller: Caller,
  countedAt: Date,
): Promise<Counts> {
  const heads: (Named & { readonly sizeBytes: number })[] = [];
  for (let after = 0; ; ) {
    const page = await packages.listHeads({ after, limit: packagesAtOnce }, { caller });
    for (const { id, filename, heads: contents } of page.packages)
      for (const { stage, sha256, sizeBytes } of contents)
        heads.push({ id, filename, stage: oneOf(stages, stage), sha256, sizeBytes: Number(sizeBytes) });
    if (page.next === 0) break;
    after = page.next;
  }
  heads.sort((one, other) => compare(one.sha256, other.sha256));
  const counted: (CountedHead & { readonly sizeBytes: number })[] = [];
  const sites = new Map<string, SiteCount>();
  const heardIn = new Map<string, number>();
  let questions = 0;
  for (let from = 0; from === 0 || from < heads.length; from += headsAtOnce) {
    const some = heads.slice(from, from + headsAtOnce);
    const asked = some.map(({ stage, sha256 }) => ({ stage, sha256 }));
    const answer = await coverage.countCoverage({ heads: asked }, { caller });
    const namesOf = namesIn(answer.sites);
    for (const [index, head] of some.entries()) counted.push({ ...countOf(answer.heads[index], namesOf), ...head });
    questions += 1;
    for (const site of answer.sites) {
      const before = sites.get(site.iss);
      if (site.isHeard) heardIn.set(site.iss, (heardIn.get(site.iss) ?? 0) + 1);
      sites.set(site.iss, { ...site, held: site.held + (before?.held ?? 0), of: site.of + (before?.of ?? 0) });
    }
  }
  const lacks = lackedBytes(counted);
  const told = counted.map(({ sizeBytes: _size, ...head }) => head).sort(byWorst);
  // Of one that began or ceased to be heard of between the questions, not all that it holds or lacks is known.
  const toldOf = (site: SiteCount): CountedSite =>
    heardIn.get(site.iss) === questions
      ? { ...site, lacksBytes: lacks(site.iss) }
      : { ...site, isHeard: false, held: 0, lacksBytes: 0 };
  return { heads: told, sites: [...sites.values()].map(toldOf), countedAt };
}

type NamesOf = (lackers: Uint8Array) => readonly string[];

function countOf(head: HeadCount | undefined, namesOf: NamesOf) {
  const { held, unknown, of, lackers } = head ?? { held: 0, unknown: 0, of: 0, lackers: new Uint8Array(0) };
  return { held, unknown, of, lackedBy: namesOf(lackers) };
}

/** The servers that bits stand for. Most heads are lacked by the same ones, as new ones lack all: these share one list. */
function namesIn(sites: readonly SiteCount[]): NamesOf {
  const known = new Map<string, readonly string[]>();
  return (lackers) => {
    const key = Buffer.from(lackers).toString('latin1');
    const isLacker = (_site: SiteCount, place: number) => (((lackers[place >> 3] ?? 0) >> (place & 7)) & 1) === 1;
    const names = known.get(key) ?? sites.filter(isLacker).map(({ iss }) => iss);
    known.set(key, names);
    return names;
  };
}

/** Bytes that servers lack, by their identity: those of a content once, in however many stages it is. @param heads by content */
function lackedBytes(heads: readonly (CountedHead & { readonly sizeBytes: number })[]): (iss: string) => number {
  const lacked = new Map<string, { bytes: number; last: string }>();
  for (const { lackedBy, sha256, sizeBytes } of heads) {
    for (const iss of lackedBy) {
      const before = lacked.get(iss);
      if (before === undefined) lacked.set(iss, { bytes: sizeBytes, last: sha256 });
      else if (before.last !== sha256) Object.assign(before, { bytes: before.bytes + sizeBytes, last: sha256 });
    }
  }
  return (iss) => lacked.get(iss)?.bytes ?? 0;
}

function headsOf({ heads }: Package) {
  return heads.flatMap(({ stage, content }) =>
    content === undefined ? [] : [{ stage: oneOf(stages, stage), sha256: content.sha256 }],
  );
}

/** Orders heads by how many servers lack them, most first; else by how few hold them, then by package and stage. */
function byWorst(one: CountedHead, other: CountedHead): number {
  return (
    one.held - one.of - (other.held - other.of) ||
    one.held - other.held ||
    one.id - other.id ||
    stages.indexOf(one.stage) - stages.indexOf(other.stage)
  );
}

/** Where a head stands in the order of {@link byWorst}, as numbers that are compared one after the other. */
export function placeOf({ held, of, id, stage }: Pick<CountedHead, 'held' | 'of' | 'id' | 'stage'>): readonly number[] {
  return [held - of, held, id, stages.indexOf(stage)];
}

function compare(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}
