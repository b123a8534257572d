import type { EventMetadata } from '@odst/event-store';
import { admits, stages } from '@odst/kernel';
import type { JudgePlacements } from './judge-placements.ts';
import type { PackageRows, Registration } from './ports.ts';
import type { SealPackages } from './seal-packages.ts';

/** Finds from state alone what an event may have left undone. */
export interface Sweep {
  /**
   * Judges every package that may have to change its status: what is wanted, and what is withheld but admitted now. Seals
   * what can be sealed.
   */
  all(metadata: EventMetadata): Promise<void>;
  /** Judges the packages that wait for one content. */
  content(sha256: string, metadata: EventMetadata): Promise<void>;
}

/** Builds the use case. */
export function createSweep(deps: {
  readonly rows: PackageRows;
  readonly registration: Registration;
  readonly judge: JudgePlacements;
  readonly seal: SealPackages;
}): Sweep {
  const { rows, registration, judge, seal } = deps;
  return {
    async all(metadata) {
      await rows.caughtUp();
      const serverStage = await registration.stage();
      const admitted = stages.filter((stage) => admits(serverStage, stage));
      const withheld = await rows.list({ statuses: ['Withheld'], stages: admitted });
      const wanted = await rows.list({ statuses: ['Downloading'] });
      await judge([...wanted, ...withheld], metadata);
      await seal.all(metadata);
    },
    async content(sha256, metadata) {
      await rows.caughtUp();
      await judge(await rows.list({ statuses: ['Downloading'], sha256 }), metadata);
    },
  };
}
