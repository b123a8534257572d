import type { Package } from '@odst/contracts/catalog';
import type { PackageEntry } from './ports.ts';

/** A package as other services see it. */
export function viewOf({ package: { packageId, status, record }, version, createdAt }: PackageEntry): Package {
  return { id: packageId, status, record, version: BigInt(version), createdAt };
}
