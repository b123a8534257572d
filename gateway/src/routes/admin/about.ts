import { OdstError } from '@odst/kernel';
import type { FastifyInstance } from 'fastify';
import { createAdmission } from '../../auth/admission.ts';
import type { RouteDeps } from '../../route-deps.ts';

type Update = { name?: string; url?: string; stage?: string; firewalled_mode?: string };

const updateSchema = {
  type: 'object',
  minProperties: 1,
  additionalProperties: false,
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 200 },
    url: { type: 'string', maxLength: 2_000 },
    stage: { enum: ['Dev', 'Test', 'Prod'] },
    firewalled_mode: { enum: ['Enabled', 'Disabled'] },
  },
};

/** `GET /api/admin/about`, `POST /api/admin/about` and `POST /api/admin/about/update`. */
export function aboutRoutes(app: FastifyInstance, { clients, authorizer }: RouteDeps): void {
  app.get('/api/admin/about', async (request) => {
    const context = await authorizer.authorize(request, 'about:read');
    const { server } = await clients.server.getServer({}, { context });
    if (server === undefined) throw new OdstError('COMMON_SERVICE_UNAVAILABLE', 'the server has no identity yet');
    // The key lets any server register: only an admin sees it.
    const key = context.role === 'admin' ? (await clients.server.getInvitation({}, { context })).key : undefined;
    return {
      firewalled_mode: server.firewalledMode,
      iss: server.iss,
      ...(key === undefined ? {} : { key }),
      name: server.name,
      stage: server.stage,
      url: server.url,
    };
  });

  const { onRequest, principalOf } = createAdmission(authorizer, 'about:update');
  for (const path of ['/api/admin/about', '/api/admin/about/update']) {
    app.post<{ Body: Update }>(path, { onRequest, schema: { body: updateSchema } }, async (request, reply) => {
      const { name, url, stage, firewalled_mode: mode } = request.body;
      await clients.server.updateSettings(
        { name, url, stage, firewalledMode: mode === undefined ? undefined : mode === 'Enabled' },
        { context: principalOf(request) },
      );
      return reply.code(201).type('text/html; charset=utf-8').send('');
    });
  }
}
