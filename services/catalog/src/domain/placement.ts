import type { PackageRecord } from '@odst/contracts/catalog';
import { admits, parseStage, type Stage } from '@odst/kernel';
import type { Package, PackageEvent, PackageStatus } from './package.ts';

/** What decides on the status of a package on this server. */
export type Site = {
  readonly serverStage: Stage;
  /** Contents whose verified bytes are here, hex: those among the ones in question. */
  readonly held: readonly string[];
};

/**
 * The status of `record` on this server. What was uploaded here or is served already stays, whatever its stage: bytes are
 * withdrawn elsewhere, and only after another server has proven to hold them.
 */
export function placementOf(before: Package | undefined, record: PackageRecord, site: Site): PackageStatus {
  if (record.deleted) return 'Deleted';
  const served = before?.served?.sha256 === record.sha256;
  const kept = served || before?.uploadedHere.includes(record.sha256) === true;
  if (!kept && !admits(site.serverStage, parseStage(record.stage))) return 'Withheld';
  return served || site.held.includes(record.sha256) ? 'Public' : 'Downloading';
}

/** The event that puts `record` into its status; none where the package has that status with this content already. */
export function placementEvents(
  before: Package | undefined,
  of: { readonly packageId: number; readonly record: PackageRecord; readonly fromIss: string },
  site: Site,
): readonly PackageEvent[] {
  const status = placementOf(before, of.record, site);
  if (before?.status === status && before.record.sha256 === of.record.sha256) return [];
  const { packageId, record } = of;
  switch (status) {
    case 'Public':
      return [{ type: 'PackagePublished', data: { packageId, record } }];
    case 'Downloading':
      return [{ type: 'PackageAnnounced', data: of }];
    case 'Withheld':
      return [{ type: 'PackageWithheld', data: of }];
    case 'Deleted':
      return [{ type: 'PackageDeleted', data: of }];
  }
}
