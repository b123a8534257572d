import { ProjectionsServiceService } from '@odst/contracts/common';
import { type ServedService, serve } from '@odst/grpc';
import { OdstError } from '@odst/kernel';
import type { Projections } from '@odst/projections';

/** `odst.common.v1.ProjectionsService` of a service. @param projections none where the service has no read model */
export function serveProjections(projections?: Pick<Projections, 'list' | 'rebuild'>): ServedService {
  return serve(ProjectionsServiceService, {
    listProjections: async () => ({ projections: (await projections?.list()) ?? [] }),
    async rebuildProjection({ name }) {
      if (projections === undefined) {
        throw new OdstError('COMMON_PROJECTION_UNKNOWN', `there is no projection ${name}`, { projection: name });
      }
      await projections.rebuild(name);
      return {};
    },
  });
}
