import type { EventMetadata } from '@odst/event-store';
import type { Clock } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import { packageStream } from '../domain/package-identity.ts';
import type { JudgePlacements } from './judge-placements.ts';
import { createPackageFailures } from './package-failures.ts';
import type { PackageEntry, PackageRows, Registration, ServerPolicy } from './ports.ts';
import type { SealPackages } from './seal-packages.ts';
import type { Streams } from './streams.ts';
import { entriesOf, workBatches } from './work.ts';

const dayMs = 24 * 3_600_000;

/** Finds from state alone what an event may have left undone. */
export interface Sweep {
  /**
   * Judges every package that may have to change its place: those that want bytes, and all where this server's settings are others than
   * at the last sweep, as at the first. Seals what can be sealed. Empties the trash of what has been there for long enough. A package
   * that fails keeps no other from its turn, and is tried again at the next sweep.
   * @throws what the first one failed with, when all had their turn
   */
  all(metadata: EventMetadata): Promise<void>;
  /** Judges the packages that wait for one content. @throws what the first one failed with, when all had their turn */
  content(sha256: string, metadata: EventMetadata): Promise<void>;
}

/** What the use case works with. */
export type SweepDeps = {
  readonly streams: Streams;
  readonly rows: PackageRows;
  readonly registration: Registration;
  readonly judge: JudgePlacements;
  readonly seal: SealPackages;
  readonly clock: Clock;
  readonly logger: Logger;
};

/** Builds the use case. */
export function createSweep(deps: SweepDeps): Sweep {
  const { streams, rows, registration, judge, seal, clock, logger } = deps;
  let judgedFor: Pick<ServerPolicy, 'stage' | 'deletions'> | undefined;
  /** Numbers of packages that could not be judged for these. */
  let unjudged: ReadonlySet<number> = new Set();

  const judgeAll = async ({ stage, deletions }: ServerPolicy, metadata: EventMetadata): Promise<void> => {
    const isCurrent = await rows.caughtUp();
    const failures = createPackageFailures(logger);
    const isNew = judgedFor?.stage !== stage || judgedFor.deletions !== deletions;
    // Until all are judged it is not known for which settings each is in its place: these may be back before the next sweep.
    if (isNew) judgedFor = undefined;
    for await (const batch of workBatches(rows, isNew ? { kind: 'all' } : { kind: 'wanted' }))
      await judge(batch, metadata, failures);
    if (!isNew) await judge(await entriesById(rows, unjudged), metadata, failures);
    unjudged = failures.packageIds;
    // Rows that are behind hide packages that were put into their place under the settings of before: they are judged next time.
    if (isNew && isCurrent) judgedFor = { stage, deletions };
    failures.end();
  };

  const emptyTrash = async (days: number, metadata: EventMetadata): Promise<void> => {
    const failures = createPackageFailures(logger);
    const trashedBefore = new Date(clock.now().getTime() - days * dayMs);
    for await (const entry of entriesOf(rows, { kind: 'trashed', before: trashedBefore })) {
      const { package: state, version } = entry;
      const discard = () =>
        streams.packages.run({
          stream: packageStream(state.uuid),
          command: () => ({ type: 'DiscardTrash', trashedBefore }),
          metadata: { ...metadata, commandId: `${metadata.commandId}:trash:${state.uuid}:${version}` },
        });
      await failures.attempt(entry, 'taken out of the trash', discard);
    }
    failures.end();
  };

  return {
    async all(metadata) {
      const policy = await registration.policy();
      const parts = [() => judgeAll(policy, metadata), () => seal.all(metadata), () => emptyTrash(policy.trashDays, metadata)];
      const failures: unknown[] = [];
      for (const part of parts) await part().catch((error: unknown) => failures.push(error));
      if (failures.length > 0) throw failures[0];
    },
    async content(sha256, metadata) {
      await rows.caughtUp();
      const failures = createPackageFailures(logger);
      for await (const batch of workBatches(rows, { kind: 'wanted', sha256 })) await judge(batch, metadata, failures);
      failures.end();
    },
  };
}

async function entriesById(rows: PackageRows, ids: ReadonlySet<number>): Promise<readonly PackageEntry[]> {
  const found = await Promise.all([...ids].map((id) => rows.byId(id)));
  return found.filter((entry) => entry !== undefined);
}
