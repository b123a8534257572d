import { listProjections, rebuildProjection, routeOf } from '@odst/api';
import type { Projection } from '@odst/contracts/common';
import { publishingServices } from '@odst/contracts/services';
import type { HttpApp } from '@odst/http';
import { type Caller, OdstError } from '@odst/kernel';
import { principalOf } from '../../admission.ts';
import type { Clients, EventServiceName } from '../../clients.ts';
import type { RouteDeps } from '../../route-deps.ts';
import { oneOf, textOrNull, timeOf } from '../../wire.ts';

type Owned = { readonly service: EventServiceName; readonly projection: Projection };

/** `GET /api/v1/projections` and `POST /api/v1/projections/{name}/rebuild`. */
export function projectionsRoutes(app: HttpApp, { clients }: RouteDeps): void {
  app.route({
    ...routeOf(listProjections),
    handler: async (request) => {
      const caller = principalOf(request);
      const lists = await Promise.all(publishingServices.map((service) => projectionsOf(clients, service, caller)));
      return { items: lists.flat().map(resource), next: null };
    },
  });

  app.route({
    ...routeOf(rebuildProjection),
    handler: async (request, reply) => {
      const caller = principalOf(request);
      const { name } = request.params;
      const service = await ownerOf(clients, name, caller);
      await clients.projections[service].rebuildProjection({ name }, { caller });
      return reply.code(202).send({ name, service });
    },
  });
}

async function projectionsOf(clients: Clients, service: EventServiceName, caller: Caller): Promise<readonly Owned[]> {
  const { projections } = await clients.projections[service].listProjections({}, { caller });
  return projections.map((projection) => ({ service, projection }));
}

/** The service that has the projection; one that is out of reach keeps the others from nothing, unless it may be the one. */
async function ownerOf(clients: Clients, name: string, caller: Caller): Promise<EventServiceName> {
  const lists = await Promise.allSettled(publishingServices.map((service) => projectionsOf(clients, service, caller)));
  const owned = lists
    .flatMap((list) => (list.status === 'fulfilled' ? list.value : []))
    .find(({ projection }) => projection.name === name);
  if (owned !== undefined) return owned.service;
  for (const list of lists) if (list.status === 'rejected') throw list.reason;
  throw new OdstError('COMMON_PROJECTION_UNKNOWN', `there is no projection ${name}`, { projection: name });
}

function resource({ service, projection }: Owned) {
  const { name, version, position, lastPosition, lag, state, failure, rebuild } = projection;
  return {
    name,
    service,
    version,
    position: Number(position),
    lastPosition: Number(lastPosition),
    lag: Number(lag),
    state: oneOf(['live', 'failing', 'rebuilding', 'outdated'], state),
    failure: textOrNull(failure),
    rebuild:
      rebuild === undefined
        ? null
        : {
            state: oneOf(['running', 'done', 'failed', 'interrupted'], rebuild.state),
            position: Number(rebuild.position),
            startedAt: timeOf(rebuild.startedAt),
            updatedAt: timeOf(rebuild.updatedAt),
            eventsPerSecond: rebuild.eventsPerSecond ?? null,
            remainingSeconds: rebuild.remainingSeconds ?? null,
            error: textOrNull(rebuild.error),
          },
  };
}
