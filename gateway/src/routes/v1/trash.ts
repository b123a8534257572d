import { listTrash, routeOf } from '@odst/api';
import type { Package } from '@odst/contracts/catalog';
import type { HttpApp } from '@odst/http';
import { type Caller, OdstError } from '@odst/kernel';
import { principalOf } from '../../admission.ts';
import type { Clients } from '../../clients.ts';
import type { RouteDeps } from '../../route-deps.ts';
import { textOrNull } from '../../wire.ts';

/** Packages of one question. */
const packagesAtOnce = 1_000;

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

/** How much is in the trash, each content once however many packages had it, and since when. */
export async function trashFigures({ packages }: Pick<Clients, 'packages'>, caller: Caller) {
  const sizes = new Map<string, number>();
  let since: Date | undefined;
  for (let after = ''; ; ) {
    const page = await packages.listPackages({ ...withTrash, after, limit: packagesAtOnce }, { caller });
    for (const { sha256, sizeBytes, trashedAt } of page.packages.flatMap(contentsOf)) {
      sizes.set(sha256, sizeBytes);
      if (since === undefined || trashedAt < since) since = trashedAt;
    }
    if (page.next === '') break;
    after = page.next;
  }
  return {
    trashBytes: [...sizes.values()].reduce((sum, size) => sum + size, 0),
    trashContents: sizes.size,
    trashSince: since?.toISOString() ?? null,
  };
}

function contentsOf({ trash }: Package) {
  return trash.map(({ content, trashedAt }) => {
    if (content === undefined || trashedAt === undefined) throw new OdstError('COMMON_INTERNAL', 'catalog told of no content');
    return { sha256: content.sha256, sizeBytes: Number(content.sizeBytes), trashedAt };
  });
}
