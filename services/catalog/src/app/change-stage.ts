import type { ChangeStageRequest, ChangeStageResponse } from '@odst/contracts/catalog';
import type { EventMetadata, EventStore } from '@odst/event-store';
import { type Clock, OdstError, parseStage, type Stage } from '@odst/kernel';
import { packageStream } from '../domain/package-identity.ts';
import { stageChange } from '../domain/record-change.ts';
import type { PackageStreams } from './package-streams.ts';
import { viewOf } from './package-view.ts';
import type { Blobs, PackageEntry, PackageRows, Registration } from './ports.ts';
import { checkSha256 } from './request-checks.ts';
import { retryConflicts } from './retry.ts';
import { signChange } from './sign-change.ts';
import { siteOf } from './site.ts';

/** What the use case works with. */
export type ChangeStageDeps = {
  readonly store: EventStore;
  readonly streams: PackageStreams;
  readonly rows: PackageRows;
  readonly registration: Registration;
  readonly blobs: Blobs;
  readonly clock: Clock;
};

/** Promotes or demotes the content that the admin saw. */
export type ChangeStageUseCase = (request: ChangeStageRequest, metadata: EventMetadata) => Promise<ChangeStageResponse>;

/**
 * Builds the use case. Throws CATALOG_STAGE_UNKNOWN, CATALOG_PACKAGE_UNKNOWN (deleted packages too),
 * CATALOG_CONTENT_CHANGED when `sha256` names other content than stands, COMMON_COMMAND_CONFLICT when
 * `expectedVersion` is older than what an admin can see of the package.
 */
export function createChangeStage(deps: ChangeStageDeps): ChangeStageUseCase {
  const { streams } = deps;

  const attempt = async (
    uuid: string,
    stage: Stage,
    request: ChangeStageRequest,
    metadata: EventMetadata,
  ): Promise<PackageEntry | OdstError> => {
    const present = await streams.read(uuid);
    if (present === undefined || present.package.record.deleted) throw unknown(request.id);
    if ((await deps.store.findCommand(metadata.commandId)) !== undefined) return present;
    const stale = staleness(present, request);
    if (stale !== undefined) return stale;
    const { record } = present.package;
    if (record.stage === stage) return present;
    const { iss } = await deps.registration.server();
    const change = await signChange(deps.registration, stageChange(record, stage, { iss, now: deps.clock.now() }));
    await streams.commands.run({
      stream: packageStream(uuid),
      command: { type: 'ChangeStage', change, site: await siteOf(deps, present.package, change) },
      metadata,
      expectedVersion: present.version,
    });
    return (await streams.read(uuid)) ?? present;
  };

  return async (request, metadata) => {
    const stage = parseStage(request.stage);
    if (request.sha256 !== '') checkSha256('sha256', request.sha256);
    await deps.rows.caughtUp();
    const row = await deps.rows.byId(request.id);
    if (row === undefined) throw unknown(request.id);
    // Who writes at the same time may only seal: the package is read again, and with it whether the admin saw what it is now.
    const entry = await retryConflicts(() => attempt(row.package.record.uuid, stage, request, metadata));
    if (entry instanceof OdstError) throw entry;
    return { package: viewOf(entry) };
  };
}

/** Why the admin has not seen what the package is; undefined where that is not so, or was not asked. */
function staleness(
  { package: present, version }: PackageEntry,
  { sha256, expectedVersion }: ChangeStageRequest,
): OdstError | undefined {
  const { record, sealedSince } = present;
  if (sha256 !== '' && record.sha256 !== sha256) {
    return new OdstError('CATALOG_CONTENT_CHANGED', `${JSON.stringify(record.filename)} has other content than ${sha256}`, {
      sha256: record.sha256,
    });
  }
  const seen = expectedVersion >= BigInt(version - sealedSince) && expectedVersion <= BigInt(version);
  if (expectedVersion === 0n || seen) return undefined;
  return new OdstError('COMMON_COMMAND_CONFLICT', `the package is at version ${version}, not ${expectedVersion}`, {
    expectedVersion: Number(expectedVersion),
    actualVersion: version,
  });
}

function unknown(id: number): OdstError {
  return new OdstError('CATALOG_PACKAGE_UNKNOWN', `there is no package ${id}`, { id });
}
