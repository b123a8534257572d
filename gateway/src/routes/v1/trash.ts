import { listTrash, routeOf } from '@odst/api';
import type { Package } from '@odst/contracts/catalog';
import type { HttpApp } from '@odst/http';
import { OdstError } from '@odst/kernel';
import { principalOf } from '../../admission.ts';
import type { RouteDeps } from '../../route-deps.ts';
import { textOrNull } from '../../wire.ts';

const dayMs = 86_400_000;

/** Those with something in the trash, whatever else they are. */
const withTrash = {
  ...{ stage: '', status: '', query: '', sort: 'id' },
  ...{ inConflict: false, inTrash: true, servedOnly: false, awaitingConfirmation: false },
} as const;

/** `GET /api/v1/trash` */
export function trashRoutes(app: HttpApp, { clients }: RouteDeps): void {
  app.route({
    ...routeOf(listTrash),
    handler: async (request) => {
      const { limit, after = '' } = request.query;
      const caller = principalOf(request);
      const [{ packages, next }, { server }] = await Promise.all([
        clients.packages.listPackages({ ...withTrash, after, limit }, { caller }),
        clients.server.getServer({}, { caller }),
      ]);
      if (server?.policy === undefined) throw new OdstError('COMMON_INTERNAL', 'registration told no policy');
      const keptMs = server.policy.trashDays * dayMs;
      const items = packages.flatMap((one) =>
        contentsOf(one).map(({ sha256, sizeBytes, trashedAt }) => ({
          package: { id: one.id, filename: one.filename },
          ...{ sha256, sizeBytes, trashedAt: trashedAt.toISOString() },
          leavesAt: new Date(trashedAt.getTime() + keptMs).toISOString(),
        })),
      );
      return { items, next: textOrNull(next) };
    },
  });
}

function contentsOf({ trash }: Package) {
  return trash.map(({ content, trashedAt }) => {
    if (content === undefined || trashedAt === undefined) throw new OdstError('COMMON_INTERNAL', 'catalog told of no content');
    return { sha256: content.sha256, sizeBytes: Number(content.sizeBytes), trashedAt };
  });
}
