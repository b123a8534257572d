import type { PackageRecord } from '@odst/contracts/catalog';
import { type Decider, OdstError } from '@odst/kernel';
import { evolvePackage, type Package, type PackageEvent } from './package.ts';
import { placementEvents, type Site } from './placement.ts';
import { isSameState, offer, sealRecord, supersedes } from './record-merge.ts';
import { judgeUpload } from './upload-verdict.ts';

/** A received upload becomes a package, or new content of one. */
export type RegisterUpload = {
  readonly type: 'RegisterUpload';
  readonly uploadId: string;
  /** Number for the package if it has none yet. */
  readonly newPackageId: number;
  /** The change as this server signed it; not signed while it is unsealed. */
  readonly change: PackageRecord;
  readonly replace: boolean;
  /** When all bytes were there, of an upload whose client waits no more; undefined while it waits. */
  readonly completedAt: Date | undefined;
};

/** A peer told a record, whose new signatures are verified. */
export type MergeRecord = {
  readonly type: 'MergeRecord';
  readonly newPackageId: number;
  readonly record: PackageRecord;
  readonly fromIss: string;
  readonly site: Site;
};

/** An admin of this server promotes or demotes the content that stands. */
export type ChangeStage = {
  readonly type: 'ChangeStage';
  /** The change as this server signed it; not signed while it is unsealed. */
  readonly change: PackageRecord;
  readonly site: Site;
};

/** The manifest of a content that was uploaded here is made: the changes that lack it are complete. */
export type SealRecord = {
  readonly type: 'SealRecord';
  /** What the changes become, as this server signed them: the same but for manifest digest and signature. */
  readonly changes: readonly PackageRecord[];
};

/** The server's stage or its blobs changed: the status is judged again. Never takes back what is public. */
export type JudgePlacement = { readonly type: 'JudgePlacement'; readonly site: Site };

/** What can be asked of a package. Changes are signed before, since signing is no matter of pure functions. */
export type PackageCommand = RegisterUpload | MergeRecord | ChangeStage | SealRecord | JudgePlacement;

/** A package: the stream `package-<uuid>`. */
export const packageDecider: Decider<Package | undefined, PackageCommand, PackageEvent> = {
  initialState: () => undefined,
  evolve: evolvePackage,
  decide(command, state) {
    switch (command.type) {
      case 'RegisterUpload':
        return registerUpload(command, state);
      case 'MergeRecord':
        return mergeRecord(command, state);
      case 'ChangeStage':
        return changeStage(command, state);
      case 'SealRecord':
        return seal(command, state);
      case 'JudgePlacement':
        return judgePlacement(command, state);
    }
  },
};

function registerUpload(command: RegisterUpload, state: Package | undefined): readonly PackageEvent[] {
  const { change, uploadId, newPackageId } = command;
  const verdict = judgeUpload(state, { ...change, replace: command.replace, completedAt: command.completedAt });
  const uploaded = (packageId: number, record: PackageRecord): readonly PackageEvent[] => [
    { type: 'PackageUploaded', data: { packageId, record, uploadId } },
    { type: 'PackagePublished', data: { packageId, record } },
  ];
  if (state === undefined) return uploaded(newPackageId, change);
  // The bytes are here now. They count as uploaded here, so that they are kept whatever their stage becomes.
  if (verdict === 'unchanged') return state.status === 'Public' ? [] : uploaded(state.packageId, state.record);
  return uploaded(state.packageId, successor(change, state));
}

function mergeRecord(command: MergeRecord, state: Package | undefined): readonly PackageEvent[] {
  const merge = offer(state?.record, command.record);
  if (merge.outcome === 'ignored') return [];
  const packageId = state?.packageId ?? command.newPackageId;
  const of = { packageId, record: merge.record, fromIss: command.fromIss };
  return [...historyEvents(state, of, merge.losers), ...placementEvents(state, of, command.site)];
}

function historyEvents(
  state: Package | undefined,
  of: { readonly packageId: number; readonly record: PackageRecord; readonly fromIss: string },
  losers: readonly PackageRecord[],
): readonly PackageEvent[] {
  const { packageId, record, fromIss } = of;
  if (losers.length > 0) {
    return losers.map((loser) => ({ type: 'PackageConflictDetected', data: { packageId, winner: record, loser, fromIss } }));
  }
  if (state === undefined || state.record.sha256 !== record.sha256 || state.record.deleted !== record.deleted) return [];
  if (state.record.stage !== record.stage) {
    return [{ type: 'PackageStageChanged', data: { ...of, previousStage: state.record.stage } }];
  }
  return [{ type: 'PackageHistoryMerged', data: of }];
}

function changeStage({ change, site }: ChangeStage, state: Package | undefined): readonly PackageEvent[] {
  if (state === undefined || state.record.deleted) throw new OdstError('CATALOG_PACKAGE_UNKNOWN', 'the package does not exist');
  if (isSameState(state.record, change)) return [];
  const of = { packageId: state.packageId, record: successor(change, state), fromIss: '' };
  return [
    { type: 'PackageStageChanged', data: { ...of, previousStage: state.record.stage } },
    ...placementEvents(state, { ...of, fromIss: state.toldBy }, site),
  ];
}

function seal({ changes }: SealRecord, state: Package | undefined): readonly PackageEvent[] {
  if (state === undefined) return [];
  const record = sealRecord(state.record, changes);
  return record === state.record ? [] : [{ type: 'PackageSealed', data: { packageId: state.packageId, record } }];
}

function judgePlacement({ site }: JudgePlacement, state: Package | undefined): readonly PackageEvent[] {
  if (state === undefined || state.status === 'Public' || state.status === 'Deleted') return [];
  const events = placementEvents(state, { packageId: state.packageId, record: state.record, fromIss: state.toldBy }, site);
  return events.map((event) => (event.type === 'PackageWithheld' ? { ...event, data: { ...event.data, fromIss: '' } } : event));
}

/** @throws OdstError COMMON_COMMAND_CONFLICT when the change was signed before the package became what it is now */
function successor(change: PackageRecord, { record }: Package): PackageRecord {
  if (supersedes(change, record)) return change;
  throw new OdstError('COMMON_COMMAND_CONFLICT', `${JSON.stringify(record.filename)} was changed meanwhile`);
}
