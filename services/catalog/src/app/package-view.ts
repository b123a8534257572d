import type { Package as PackageView } from '@odst/contracts/catalog';
import type { StreamState } from '@odst/event-store';
import { OdstError } from '@odst/kernel';
import type { Package } from '../domain/package.ts';
import type { PackageEntry } from './ports.ts';

/** A package as other services see it. */
export function viewOf({ package: { packageId, status, record }, version, createdAt }: PackageEntry): PackageView {
  return { id: packageId, status, record, version: BigInt(version), createdAt };
}

/** The package of a stream that has events, as after every command. */
export function entryOf({ state, version, createdAt }: StreamState<Package | undefined>): PackageEntry {
  if (state === undefined || createdAt === undefined) throw new OdstError('COMMON_INTERNAL', 'the package has no events');
  return { package: state, version, createdAt };
}
