import type { EventMetadata } from '@odst/event-store';
import type { Package } from '../domain/package.ts';
import type { PackageCommand } from '../domain/package-decider.ts';
import { packageStream } from '../domain/package-identity.ts';
import { placementOf, type Site } from '../domain/placement.ts';
import { batchesOf } from './batches.ts';
import type { Blobs, PackageEntry, Registration } from './ports.ts';
import type { Streams } from './streams.ts';

/** Judges the status of packages again, from what registration and storage say now. */
export type JudgePlacements = (entries: readonly PackageEntry[], metadata: EventMetadata) => Promise<void>;

/** Builds the use case: `Withheld` and `Downloading` packages that should be something else become it. */
export function createJudgePlacements(deps: {
  readonly streams: Streams;
  readonly registration: Registration;
  readonly blobs: Blobs;
}): JudgePlacements {
  return async (entries, metadata) => {
    const open = entries.filter(({ package: { status } }) => status === 'Withheld' || status === 'Downloading');
    if (open.length === 0) return;
    const serverStage = await deps.registration.stage();
    for (const batch of batchesOf(open)) {
      const held = await deps.blobs.held([...new Set(batch.map((entry) => entry.package.record.sha256))]);
      const site = { serverStage, held };
      for (const { package: state } of batch) {
        if (placementCommand(state, site) === undefined) continue;
        await deps.streams.packages.run({
          stream: packageStream(state.record.uuid),
          command: (present) => present && placementCommand(present, site),
          metadata: { ...metadata, commandId: `${metadata.commandId}:${state.record.uuid}` },
        });
      }
    }
  };
}

/** The command that judges the status again; undefined where it would stay. */
export function placementCommand(present: Package, site: Site): PackageCommand | undefined {
  return placementOf(present, present.record, site) === present.status ? undefined : { type: 'JudgePlacement', site };
}
