import type { EventMetadata } from '@odst/event-store';
import type { Clock } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import { packageStream } from '../domain/package-identity.ts';
import { contentsInQuestion, placementEvents } from '../domain/placement.ts';
import { batchesOf } from './batches.ts';
import { createPackageFailures, type PackageFailures } from './package-failures.ts';
import type { Blobs, PackageEntry, Registration } from './ports.ts';
import { siteOf } from './site.ts';
import type { Streams } from './streams.ts';

/**
 * Brings packages into their places again, from what registration and storage say now. One that fails keeps no other from it.
 * @param failures where those that fail are told. Default nowhere: it throws what the first one failed with, when all were tried
 */
export type JudgePlacements = (
  entries: readonly PackageEntry[],
  metadata: EventMetadata,
  failures?: PackageFailures,
) => Promise<void>;

/** Builds the use case: a package that is in its place already costs no command. */
export function createJudgePlacements(deps: {
  readonly streams: Streams;
  readonly registration: Registration;
  readonly blobs: Blobs;
  readonly clock: Clock;
  readonly logger: Logger;
}): JudgePlacements {
  const { streams, registration, blobs, clock, logger } = deps;
  return async (entries, metadata, told) => {
    const failures = told ?? createPackageFailures(logger);
    if (entries.length === 0) return;
    const { stage: serverStage, deletions } = await registration.policy();
    const iss = await registration.iss();
    for (const batch of batchesOf(entries)) {
      const contents = new Set(batch.flatMap((entry) => contentsInQuestion(entry.package, serverStage)));
      const site = { iss, serverStage, deletions, held: await blobs.held([...contents]), now: clock.now() };
      for (const entry of batch) {
        const { package: state, version } = entry;
        await failures.attempt(entry, 'brought into its place', async () => {
          if (placementEvents(state, site, '').length === 0) return;
          await streams.packages.run({
            stream: packageStream(state.uuid),
            command: async (present) => present && { type: 'JudgePlacement', site: await siteOf(deps, present) },
            // With the version, since a repetition may meet a package that was not there the first time.
            metadata: { ...metadata, commandId: `${metadata.commandId}:${state.uuid}:${version}` },
          });
        });
      }
    }
    if (told === undefined) failures.end();
  };
}
