import {
  changesOfRecord,
  type HeldChange,
  type OfferRecordRequest,
  type OfferRecordResponse,
  type PackageChange,
  recordOfChanges,
} from '@odst/contracts/catalog';
import type { EventMetadata } from '@odst/event-store';
import { type Clock, OdstError } from '@odst/kernel';
import { type JudgedBy, judgeChange, overBound, type Refusal } from '../domain/acceptance.ts';
import { canonicalBytes, contentsOf } from '../domain/change.ts';
import { checkRecord } from '../domain/change-check.ts';
import type { Package } from '../domain/package.ts';
import { newlyStanding } from '../domain/package-decider.ts';
import { packageStream } from '../domain/package-identity.ts';
import type { JudgePlacements } from './judge-placements.ts';
import { entryOf, viewOf } from './package-view.ts';
import type { Blobs, PackageNumbers, Registration, Signatures } from './ports.ts';
import { checkIss } from './request-checks.ts';
import { siteOf } from './site.ts';
import type { Streams } from './streams.ts';

/** What the use case works with. */
export type OfferRecordDeps = {
  readonly streams: Streams;
  readonly registration: Registration;
  readonly signatures: Signatures;
  readonly blobs: Blobs;
  readonly numbers: PackageNumbers;
  readonly judge: JudgePlacements;
  /** The start of this server that runs, 16 hex digits. */
  readonly epoch: string;
  readonly clock: Clock;
};

/** Takes in the changes of a record that a peer told. */
export type OfferRecordUseCase = (request: OfferRecordRequest, metadata: EventMetadata) => Promise<OfferRecordResponse>;

/**
 * Builds the use case. Each change is judged by itself before it takes part in the merge: what is held back ends nothing. Only changes
 * that would become part of the state are judged: the others are known, or of no consequence. Throws CATALOG_RECORD_INVALID for what is
 * no record at all.
 */
export function createOfferRecord(deps: OfferRecordDeps): OfferRecordUseCase {
  const { streams, numbers } = deps;
  return async ({ record, fromIss, writers }, metadata) => {
    checkIss('fromIss', fromIss);
    if (record === undefined) throw new OdstError('COMMON_REQUEST_INVALID', 'record is missing', { pointer: '/record' });
    checkRecord(record);
    const offered = changesOfRecord(record);
    let held: readonly HeldChange[] = [];
    const stream = packageStream(record.uuid);
    const merged = await streams.packages.run({
      stream,
      command: async (present) => {
        const judged = await judge(deps, offered, present, { fromIss, writers });
        held = judged.held;
        const added = newlyStanding(present?.changes ?? [], judged.accepted);
        if (added.length === 0) return undefined;
        const contents = added.flatMap(contentsOf).map(({ sha256 }) => sha256);
        const site = await siteOf(deps, present, contents);
        const newPackageId = present?.packageId ?? (await numbers.next());
        return { type: 'MergeChanges', newPackageId, changes: judged.accepted, fromIss, site };
      },
      metadata,
    });
    if (merged.state === undefined) return { outcome: 'ignored', package: undefined, held };
    const entry = entryOf(merged);
    if (merged.events.length === 0) return { outcome: 'ignored', package: viewOf(entry), held };
    if (entry.package.wanted.length === 0) return { outcome: 'applied', package: viewOf(entry), held };
    // Bytes that came after the question whether they are here would go unnoticed until the next sweep.
    await deps.judge([entry], { ...metadata, commandId: `${metadata.commandId}:again` });
    return { outcome: 'applied', package: viewOf(entryOf(await streams.packages.load(stream))), held };
  };
}

async function judge(
  deps: OfferRecordDeps,
  offered: readonly PackageChange[],
  present: Package | undefined,
  told: Pick<OfferRecordRequest, 'fromIss' | 'writers'>,
): Promise<{ readonly accepted: readonly PackageChange[]; readonly held: readonly HeldChange[] }> {
  const standing = present?.changes ?? [];
  const news = offered.filter((change) => newlyStanding(standing, [change]).length > 0);
  if (news.length === 0) return { accepted: [], held: [] };
  const by = await judgedBy(deps, news, present, told);
  const refusals = new Map(news.map((change) => [change, judgeChange(change, by)] as const));
  const good = news.filter((change) => refusals.get(change) === undefined);
  const surplus = overBound(standing, good);
  for (const change of surplus) refusals.set(change, tooMany(change));
  const held = news.flatMap((change) => {
    const refusal = refusals.get(change);
    return refusal === undefined ? [] : [heldChange(change, refusal)];
  });
  return { accepted: good.filter((change) => !surplus.includes(change)), held };
}

async function judgedBy(
  { registration, signatures, epoch, clock }: OfferRecordDeps,
  changes: readonly PackageChange[],
  present: Package | undefined,
  { fromIss, writers }: Pick<OfferRecordRequest, 'fromIss' | 'writers'>,
): Promise<JudgedBy> {
  const named = changes.flatMap(({ sets }) => sets.flatMap(({ seen }) => seen.map(({ writer }) => writer.split('.')[0] ?? '')));
  const isses = [...new Set([...changes.map(({ iss }) => iss), ...named])].filter((iss) => /^[0-9a-f]{32}$/.test(iss));
  return {
    signers: await registration.signers(fromIss, isses),
    holds: (signer, change) => signatures.holds(signer.publicKey, canonicalBytes(change), change.signature),
    writers: new Map(writers.map((said) => [said.iss, said])),
    now: clock.now(),
    own: { iss: await registration.iss(), epoch, lastStamp: present?.lastOwnStamp ?? 0n },
  };
}

function tooMany({ iss }: PackageChange): Refusal {
  const reason = `the server ${iss} has eight later changes of this package that do not know of each other`;
  return { code: 'CATALOG_CHANGE_TOO_MANY', reason, isFinal: false };
}

function heldChange(change: PackageChange, { code, reason, isFinal }: Refusal): HeldChange {
  return { record: recordOfChanges([change]), signedBy: change.iss, code, reason, isFinal };
}
