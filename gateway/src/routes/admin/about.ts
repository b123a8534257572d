import { readAbout, routeOf, updateAbout } from '@odst/api';
import type { HttpApp } from '@odst/http';
import { OdstError, stages } from '@odst/kernel';
import { isFullAdmin, principalOf } from '../../admission.ts';
import type { RouteDeps } from '../../route-deps.ts';
import { oneOf, withWarnings } from '../../wire.ts';

/** `GET /api/admin/about`, `POST /api/admin/about` and `POST /api/admin/about/update`. */
export function aboutRoutes(app: HttpApp, { clients }: RouteDeps): void {
  app.route({
    ...routeOf(readAbout),
    handler: async (request) => {
      const caller = principalOf(request);
      const { server } = await clients.server.getServer({}, { caller });
      if (server === undefined) throw new OdstError('COMMON_SERVICE_UNAVAILABLE', 'the server has no identity yet');
      // The key lets any server register: only an admin for all stages sees it.
      const key = isFullAdmin(caller) ? (await clients.server.getInvitation({}, { caller })).key : undefined;
      return {
        firewalled_mode: server.firewalledMode,
        iss: server.iss,
        ...(key === undefined ? {} : { key }),
        name: server.name,
        stage: oneOf(stages, server.stage),
        url: server.url,
      };
    },
  });

  for (const operation of updateAbout) {
    app.route({
      ...routeOf(operation),
      handler: async (request, reply) => {
        const { name, url, stage, firewalled_mode: mode } = request.body;
        const { warnings } = await clients.server.updateSettings(
          { name, url, stage, firewalledMode: mode === undefined ? undefined : mode === 'Enabled' },
          { caller: principalOf(request) },
        );
        return withWarnings(reply, warnings).code(201).type('text/html; charset=utf-8').send('');
      },
    });
  }
}
