import type { PackageRecord } from '@odst/contracts/catalog';
import { errorRow, isOdstError, type OdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import type { Catalog } from './ports.ts';

/** Records offered at the same time; each is another package, so their order does not matter. */
const parallelOffers = 8;

/** What became of the records of a page. */
export type OfferedPage = {
  /** Records to offer again later, as their signer is not known here yet. */
  readonly postponed: readonly PackageRecord[];
  /** Records that are settled, refused ones included. */
  readonly settled: readonly PackageRecord[];
  /** How many of these were refused as invalid. */
  readonly refused: number;
};

/** What an offer needs. */
export type OfferDeps = { readonly catalog: Catalog; readonly logger: Logger };

/** `settled`, `refused` (invalid: never offered again), `postponed` (offered again later). */
export type Verdict = 'settled' | 'refused' | 'postponed';

/**
 * Offers a record to catalog.
 * @throws OdstError when catalog cannot answer now: the record says nothing about that
 */
export async function offerRecord(
  deps: OfferDeps,
  record: PackageRecord,
  fromIss: string,
  signal: AbortSignal,
): Promise<Verdict> {
  try {
    await deps.catalog.offerRecord(record, fromIss, signal);
    return 'settled';
  } catch (error) {
    if (!isOdstError(error)) throw error;
    const verdict = verdictOn(error);
    if (verdict === undefined) throw error;
    const { uuid, filename, signedBy } = record;
    const facts = { peer: fromIss, package: uuid, filename, signedBy, code: error.code, reason: error.message };
    if (verdict === 'refused') deps.logger.warn(facts, 'a record of a peer is invalid and was skipped');
    else deps.logger.debug(facts, 'a record of a peer cannot be judged yet and is offered again later');
    return verdict;
  }
}

function verdictOn(error: OdstError): 'refused' | 'postponed' | undefined {
  if (error.code === 'CATALOG_RECORD_SIGNER_UNKNOWN') return 'postponed';
  if (errorRow(error.code).retryable) return undefined;
  return error.code.startsWith('CATALOG_') || error.code.startsWith('COMMON_REQUEST_') ? 'refused' : 'postponed';
}

/**
 * Offers all records of a page.
 * @throws OdstError when catalog cannot answer now: then the whole page is read again
 */
export async function offerPage(
  deps: OfferDeps,
  records: readonly PackageRecord[],
  fromIss: string,
  signal: AbortSignal,
): Promise<OfferedPage> {
  const postponed: PackageRecord[] = [];
  const settled: PackageRecord[] = [];
  let refused = 0;
  const queue = records.values();
  const work = async () => {
    for (const record of queue) {
      signal.throwIfAborted();
      const verdict = await offerRecord(deps, record, fromIss, signal);
      (verdict === 'postponed' ? postponed : settled).push(record);
      if (verdict === 'refused') refused += 1;
    }
  };
  const done = await Promise.allSettled(Array.from({ length: parallelOffers }, work));
  const failed = done.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  if (postponed.length > 0) {
    const facts = { peer: fromIss, records: postponed.length, signers: [...new Set(postponed.map((record) => record.signedBy))] };
    deps.logger.info(facts, 'records of a peer cannot be judged yet and are offered again later');
  }
  return { postponed, settled, refused };
}
