import type { LetGoRequest, LetGoResponse } from '@odst/contracts/catalog';
import type { EventMetadata } from '@odst/event-store';
import { type Clock, OdstError, parseStage } from '@odst/kernel';
import { leavingTo } from '../domain/leaving.ts';
import { packageStream } from '../domain/package-identity.ts';
import type { Blobs, Registration } from './ports.ts';
import { checkIss, checkSha256 } from './request-checks.ts';
import { siteOf } from './site.ts';
import type { Streams } from './streams.ts';

/** Lets a content go that another server holds, where it is leaving still and that server admits it. */
export type LetGoUseCase = (request: LetGoRequest, metadata: EventMetadata) => Promise<LetGoResponse>;

/** Builds the use case. Throws COMMON_REQUEST_INVALID, also where this server itself is named, and CATALOG_STAGE_UNKNOWN. */
export function createLetGo(deps: {
  readonly streams: Streams;
  readonly registration: Registration;
  readonly blobs: Blobs;
  readonly clock: Clock;
}): LetGoUseCase {
  const { streams, registration } = deps;
  return async ({ packageUuid, sha256, holderIss: iss, holderName: name, holderStage }, metadata) => {
    checkSha256('sha256', sha256);
    checkIss('holderIss', iss);
    const holder = { iss, name, stage: parseStage(holderStage) };
    if (iss === (await registration.iss())) {
      throw new OdstError('COMMON_REQUEST_INVALID', 'this server does not let go because of itself', { pointer: '/holderIss' });
    }
    const { events } = await streams.packages.run({
      stream: packageStream(packageUuid),
      command: async (present) => {
        if (present === undefined) return undefined;
        const site = await siteOf(deps, present);
        return leavingTo(present, sha256, holder, site.serverStage) && { type: 'LetGo', sha256, holder, site };
      },
      metadata,
    });
    return { isLetGo: events.length > 0 };
  };
}
