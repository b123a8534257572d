import { PackageRecord } from '@odst/contracts/catalog';
import type { PackageEntry } from '../app/ports.ts';
import type { Package, PackageStatus } from '../domain/package.ts';
import { changesOf } from '../domain/record-merge.ts';
import { isUnsealed } from '../domain/sealing.ts';

/** A row of the table `packages`, as far as it is read. */
export type PackageRow = {
  readonly version: number;
  readonly created_at: Date;
  readonly state: PackageJson;
};

/** A package's folded state as JSON: records in proto3 JSON. */
export type PackageJson = {
  readonly packageId: number;
  readonly record: unknown;
  readonly status: PackageStatus;
  readonly served: unknown;
  readonly uploadedHere: readonly string[];
  readonly toldBy: string;
  readonly sealedSince: number;
};

/** What a row says. */
export function entryOf({ version, created_at: createdAt, state }: PackageRow): PackageEntry {
  const served = state.served === null ? undefined : PackageRecord.fromJSON(state.served);
  return { package: { ...state, record: PackageRecord.fromJSON(state.record), served }, version, createdAt };
}

/** The reverse, in the order of the columns. */
export function columnsOf({ package: state, version, createdAt }: PackageEntry): readonly unknown[] {
  const { record, packageId, status } = state;
  return [
    record.uuid,
    packageId,
    record.filename,
    status,
    record.stage,
    record.sha256,
    contentsOf(state),
    unsealedOf(state),
    version,
    createdAt,
    jsonOf(state),
  ];
}

function jsonOf(state: Package): string {
  const served = state.served === undefined ? null : PackageRecord.toJSON(state.served);
  const json: PackageJson = { ...state, record: PackageRecord.toJSON(state.record), served };
  return JSON.stringify(json);
}

/** Every content that the package names. */
function contentsOf({ record, served }: Package): readonly string[] {
  const named = [...changesOf(record), ...(served === undefined ? [] : [served])];
  return [...new Set(named.map(({ sha256 }) => sha256))];
}

/** The contents of the changes that lack their manifest. */
function unsealedOf({ record }: Package): readonly string[] {
  const unsealed = changesOf(record).filter(isUnsealed);
  return [...new Set(unsealed.map(({ sha256 }) => sha256))];
}
