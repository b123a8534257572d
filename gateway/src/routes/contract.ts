import { readAsyncApi, readEventSchema, routeOf } from '@odst/api';
import type { HttpApp } from '@odst/http';
import { OdstError } from '@odst/kernel';

/**
 * `GET /api/asyncapi.yaml` and `GET /api/schemas/{dataschema}`: what integrators build on. The same on every server of this
 * version, so no login is asked for. It is loaded when first asked for: most servers never are.
 */
export function contractRoutes(app: HttpApp): void {
  let rendered: string | undefined;

  app.route({
    ...routeOf(readAsyncApi),
    handler: async (_request, reply) => {
      const { renderAsyncApi } = await import('@odst/contracts/asyncapi');
      rendered ??= renderAsyncApi();
      return reply.type('application/yaml; charset=utf-8').send(rendered);
    },
  });

  app.route({
    ...routeOf(readEventSchema),
    handler: async (request, reply) => {
      const { payloadSchema } = await import('@odst/contracts/asyncapi');
      const { dataschema } = request.params;
      const schema = payloadSchema(dataschema);
      if (schema === undefined) throw new OdstError('EVENTS_SCHEMA_UNKNOWN', `no event names the schema ${dataschema}`);
      return reply.type('application/schema+json; charset=utf-8').send(JSON.stringify(schema));
    },
  });
}
