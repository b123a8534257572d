import type { PackageRecord } from '@odst/contracts/catalog';
import type { Package } from '../domain/package.ts';
import type { Site } from '../domain/placement.ts';
import type { Blobs, Registration } from './ports.ts';

/** What decides on the status of `record` here; storage is asked only where its answer matters. */
export async function siteOf(
  { registration, blobs }: { readonly registration: Registration; readonly blobs: Blobs },
  present: Package | undefined,
  record: PackageRecord,
): Promise<Site> {
  const serverStage = await registration.stage();
  const known = record.deleted || present?.served?.sha256 === record.sha256;
  return { serverStage, held: known ? [] : await blobs.held([record.sha256]) };
}
