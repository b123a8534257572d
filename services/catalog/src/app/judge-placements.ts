import type { EventMetadata } from '@odst/event-store';
import type { Clock } from '@odst/kernel';
import { packageStream } from '../domain/package-identity.ts';
import { contentsInQuestion, placementEvents } from '../domain/placement.ts';
import { batchesOf } from './batches.ts';
import type { Blobs, PackageEntry, Registration } from './ports.ts';
import { siteOf } from './site.ts';
import type { Streams } from './streams.ts';

/** Brings packages into their places again, from what registration and storage say now. */
export type JudgePlacements = (entries: readonly PackageEntry[], metadata: EventMetadata) => Promise<void>;

/** Builds the use case: a package that is in its place already costs no command. */
export function createJudgePlacements(deps: {
  readonly streams: Streams;
  readonly registration: Registration;
  readonly blobs: Blobs;
  readonly clock: Clock;
}): JudgePlacements {
  const { streams, registration, blobs, clock } = deps;
  return async (entries, metadata) => {
    if (entries.length === 0) return;
    const { stage: serverStage, deletions } = await registration.policy();
    const iss = await registration.iss();
    for (const batch of batchesOf(entries)) {
      const contents = new Set(batch.flatMap((entry) => contentsInQuestion(entry.package)));
      const site = { iss, serverStage, deletions, held: await blobs.held([...contents]), now: clock.now() };
      for (const { package: state, version } of batch) {
        if (placementEvents(state, site, '').length === 0) continue;
        await streams.packages.run({
          stream: packageStream(state.uuid),
          command: async (present) => present && { type: 'JudgePlacement', site: await siteOf(deps, present) },
          // With the version, since a repetition may meet a package that was not there the first time.
          metadata: { ...metadata, commandId: `${metadata.commandId}:${state.uuid}:${version}` },
        });
      }
    }
  };
}
