import type { EventMetadata } from '@odst/event-store';
import { packageStream } from '../domain/package-identity.ts';
import { placementOf } from '../domain/placement.ts';
import { batchesOf } from './batches.ts';
import type { PackageStreams } from './package-streams.ts';
import type { Blobs, PackageEntry, Registration } from './ports.ts';

/** Judges the status of packages again, from what registration and storage say now. */
export type JudgePlacements = (entries: readonly PackageEntry[], metadata: EventMetadata) => Promise<void>;

/** Builds the use case: `Withheld` and `Downloading` packages that should be something else become it. */
export function createJudgePlacements(deps: {
  readonly streams: PackageStreams;
  readonly registration: Registration;
  readonly blobs: Blobs;
}): JudgePlacements {
  return async (entries, metadata) => {
    const open = entries.filter(({ package: { status } }) => status === 'Withheld' || status === 'Downloading');
    if (open.length === 0) return;
    const { stage: serverStage } = await deps.registration.server();
    for (const batch of batchesOf(open)) {
      const held = await deps.blobs.held([...new Set(batch.map((entry) => entry.package.record.sha256))]);
      const site = { serverStage, held };
      for (const { package: state } of batch) {
        if (placementOf(state, state.record, site) === state.status) continue;
        await deps.streams.commands.run({
          stream: packageStream(state.record.uuid),
          command: { type: 'JudgePlacement', site },
          metadata: { ...metadata, commandId: `${metadata.commandId}:${state.record.uuid}` },
        });
      }
    }
  };
}
