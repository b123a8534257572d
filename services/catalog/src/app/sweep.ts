import type { EventMetadata } from '@odst/event-store';
import type { Clock, Stage } from '@odst/kernel';
import { packageStream } from '../domain/package-identity.ts';
import type { JudgePlacements } from './judge-placements.ts';
import type { PackageRows, Registration } from './ports.ts';
import type { SealPackages } from './seal-packages.ts';
import type { Streams } from './streams.ts';
import { entriesOf, workBatches } from './work.ts';

const dayMs = 24 * 3_600_000;

/** Finds from state alone what an event may have left undone. */
export interface Sweep {
  /**
   * Judges every package that may have to change its place: those that want bytes, and all where this server's settings are others than
   * at the last sweep, as at the first. Seals what can be sealed. Empties the trash of what has been there for long enough.
   */
  all(metadata: EventMetadata): Promise<void>;
  /** Judges the packages that wait for one content. */
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
};

/** Builds the use case. */
export function createSweep(deps: SweepDeps): Sweep {
  const { streams, rows, registration, judge, seal, clock } = deps;
  let judgedFor: { readonly stage: Stage; readonly deletions: string } | undefined;

  const emptyTrash = async (days: number, metadata: EventMetadata): Promise<void> => {
    const trashedBefore = new Date(clock.now().getTime() - days * dayMs);
    for await (const { package: state, version } of entriesOf(rows, { kind: 'trashed', before: trashedBefore })) {
      await streams.packages.run({
        stream: packageStream(state.uuid),
        command: () => ({ type: 'DiscardTrash', trashedBefore }),
        metadata: { ...metadata, commandId: `${metadata.commandId}:trash:${state.uuid}:${version}` },
      });
    }
  };

  return {
    async all(metadata) {
      const isCurrent = await rows.caughtUp();
      const { stage, deletions, trashDays } = await registration.policy();
      const isNew = judgedFor?.stage !== stage || judgedFor.deletions !== deletions;
      // Until all are judged it is not known for which settings each is in its place: these may be back before the next sweep.
      if (isNew) judgedFor = undefined;
      for await (const batch of workBatches(rows, isNew ? { kind: 'all' } : { kind: 'wanted' })) await judge(batch, metadata);
      // Rows that are behind hide packages that were put into their place under the settings of before: they are judged next time.
      if (isNew && isCurrent) judgedFor = { stage, deletions };
      await seal.all(metadata);
      await emptyTrash(trashDays, metadata);
    },
    async content(sha256, metadata) {
      await rows.caughtUp();
      for await (const batch of workBatches(rows, { kind: 'wanted', sha256 })) await judge(batch, metadata);
    },
  };
}
