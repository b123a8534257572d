import { changesOfRecord, type PackageRecord, serversOfRecord, type WriterState } from '@odst/contracts/catalog';
import { errorRow, isOdstError, type OdstError, stages } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import { type HeldChange, type MalformedRecord, plainText } from '../domain/held-change.ts';
import type { Catalog, ChangesPage, FeedStore } from './ports.ts';

/** Records offered at the same time; each is another package, so their order does not matter. */
const parallelOffers = 8;

/** What an offer needs. */
export type OfferDeps = {
  readonly catalog: Pick<Catalog, 'offerRecord'>;
  readonly feed: Pick<FeedStore, 'writers'>;
  readonly logger: Logger;
};

/**
 * Offers a record to catalog, with what servers that it names say of their own changes.
 * @param stated what is known of that by server, of these servers at least; default it is looked up
 * @returns what is held back of it; nothing of that ends anything meanwhile
 * @throws OdstError when catalog cannot answer now: the record says nothing about that
 */
export async function offerRecord(
  deps: OfferDeps,
  record: PackageRecord,
  fromIss: string,
  signal: AbortSignal,
  stated?: ReadonlyMap<string, WriterState>,
): Promise<readonly HeldChange[]> {
  const named = serversOfRecord(record);
  const known = stated ?? (await statedBy(deps, [...named]));
  const writers = [...named].flatMap((iss) => known.get(iss) ?? []);
  try {
    return await deps.catalog.offerRecord(record, fromIss, writers, signal);
  } catch (error) {
    if (!isOdstError(error) || errorRow(error.code).retryable) throw error;
    const refused = refusedRecord(record, error);
    const { packageUuid, code, reason, isFinal } = refused;
    const facts = { peer: fromIss, package: packageUuid, filename: refused.filename, code, reason };
    deps.logger.warn(facts, isFinal ? 'a record of a peer is invalid' : 'a record of a peer could not be taken in');
    return [refused];
  }
}

async function statedBy({ feed }: OfferDeps, isses: readonly string[]): Promise<ReadonlyMap<string, WriterState>> {
  const said = await feed.writers(isses);
  return new Map(said.map(({ statement: { iss, epoch, lastStamp, floor } }) => [iss, { iss, epoch, lastStamp, floor }]));
}

/** A record of which nothing was taken in. One that is to blame is not offered again; a defect here may be mended. */
function refusedRecord(record: PackageRecord, { code, message }: OdstError): HeldChange {
  const isFinal = code === 'CATALOG_RECORD_INVALID' || code.startsWith('COMMON_REQUEST_');
  const changes = changesOfRecord(record);
  const [first] = changes;
  const only = changes.length === 1 ? first : undefined;
  return heldOf({
    record: isFinal ? undefined : record,
    packageUuid: record.uuid,
    filename: record.filename,
    act: only?.act ?? '',
    stages: only?.sets.map(({ stage }) => stage) ?? [],
    signedBy: only?.iss ?? '',
    code,
    reason: message,
    isFinal,
  });
}

/** A held change in words that can be kept and shown, whatever the peer wrote into it. */
export function heldOf(held: HeldChange): HeldChange {
  return {
    ...held,
    filename: plainText(held.filename, 255),
    act: plainText(held.act, 20),
    stages: stages.filter((stage) => held.stages.includes(stage)),
    signedBy: /^[0-9a-f]{32}$/.test(held.signedBy) ? held.signedBy : '',
    reason: plainText(held.reason, 500),
  };
}

/** A record that cannot be read, as what is held back of its package; undefined where it names none. */
function unreadable({ uuid, reason }: MalformedRecord): HeldChange | undefined {
  if (uuid === '') return undefined;
  const nothing = { filename: '', act: '', stages: [], signedBy: '', record: undefined };
  return heldOf({ ...nothing, packageUuid: uuid, code: 'CATALOG_RECORD_INVALID', reason, isFinal: true });
}

/** What became of a page. */
export type OfferedPage = {
  /** Packages that it tells of, each once. */
  readonly packages: readonly string[];
  /** What is held back of them. */
  readonly held: readonly HeldChange[];
};

/**
 * Offers all records of a page.
 * @throws OdstError when catalog cannot answer now: then the whole page is read again
 */
export async function offerPage(
  deps: OfferDeps,
  { records, malformed }: Pick<ChangesPage, 'records' | 'malformed'>,
  fromIss: string,
  signal: AbortSignal,
): Promise<OfferedPage> {
  const held: HeldChange[] = malformed.flatMap((entry) => unreadable(entry) ?? []);
  const queue = records.values();
  const stated = await statedBy(deps, [...new Set(records.flatMap((record) => [...serversOfRecord(record)]))]);
  const work = async () => {
    for (const record of queue) {
      signal.throwIfAborted();
      held.push(...(await offerRecord(deps, record, fromIss, signal, stated)));
    }
  };
  const done = await Promise.allSettled(Array.from({ length: parallelOffers }, work));
  const failed = done.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  if (held.length > 0) {
    const codes = [...new Set(held.map(({ code }) => code))];
    const signers = [...new Set(held.map(({ signedBy }) => signedBy))].slice(0, 10);
    deps.logger.info({ peer: fromIss, changes: held.length, codes, signers }, 'changes of a peer are held back');
  }
  const packages = [...new Set([...records.map(({ uuid }) => uuid), ...held.map(({ packageUuid }) => packageUuid)])];
  return { packages, held };
}
