import type { ChangeStageRequest, ChangeStageResponse } from '@odst/contracts/catalog';
import type { EventMetadata } from '@odst/event-store';
import { type Clock, OdstError, parseStage } from '@odst/kernel';
import type { Package } from '../domain/package.ts';
import { packageStream } from '../domain/package-identity.ts';
import { stageChange } from '../domain/record-change.ts';
import { entryOf, viewOf } from './package-view.ts';
import type { Blobs, PackageRows, Registration } from './ports.ts';
import { checkSha256 } from './request-checks.ts';
import { signChange } from './sign-change.ts';
import { siteOf } from './site.ts';
import type { Streams } from './streams.ts';

/** What the use case works with. */
export type ChangeStageDeps = {
  readonly streams: Streams;
  readonly rows: PackageRows;
  readonly registration: Registration;
  readonly blobs: Blobs;
  /** The start of this server that runs, 16 hex digits: changes are written in its name. */
  readonly epoch: string;
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
  const { streams, registration } = deps;
  return async (request, metadata) => {
    const stage = parseStage(request.stage);
    if (request.sha256 !== '') checkSha256('sha256', request.sha256);
    await deps.rows.caughtUp();
    const row = await deps.rows.byId(request.id);
    if (row === undefined) throw unknown(request.id);
    const changed = await streams.packages.run({
      stream: packageStream(row.package.record.uuid),
      command: async (present, version) => {
        if (present === undefined || present.record.deleted) throw unknown(request.id);
        checkSeen(present, version, request);
        if (present.record.stage === stage) return undefined;
        const iss = await registration.iss();
        const change = await signChange(
          registration,
          stageChange(present.record, stage, { iss, epoch: deps.epoch, now: deps.clock.now() }),
        );
        return { type: 'ChangeStage', change, site: await siteOf(deps, present, change) };
      },
      metadata,
    });
    return { package: viewOf(entryOf(changed)) };
  };
}

/** Throws where the admin has not seen what the package is now. What was only sealed since is what was seen. */
function checkSeen(present: Package, version: number, { sha256, expectedVersion }: ChangeStageRequest): void {
  const { record, sealedSince } = present;
  if (sha256 !== '' && record.sha256 !== sha256) {
    throw new OdstError('CATALOG_CONTENT_CHANGED', `${JSON.stringify(record.filename)} has other content than ${sha256}`, {
      sha256: record.sha256,
    });
  }
  const seen = expectedVersion >= BigInt(version - sealedSince) && expectedVersion <= BigInt(version);
  if (expectedVersion === 0n || seen) return;
  throw new OdstError('COMMON_COMMAND_CONFLICT', `the package is at version ${version}, not ${expectedVersion}`, {
    expectedVersion: Number(expectedVersion),
    actualVersion: version,
  });
}

function unknown(id: number): OdstError {
  return new OdstError('CATALOG_PACKAGE_UNKNOWN', `there is no package ${id}`, { id });
}
