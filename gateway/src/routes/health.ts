import type { FastifyInstance } from 'fastify';

/** What readiness depends on: name → fine or not, and why. */
export type ReadinessSnapshot = Readonly<Record<string, { readonly ok: boolean; readonly detail: string }>>;

/** `GET /healthz` (alive) and `GET /readyz` (serving; a line per dependency). No login. */
export function healthRoutes(app: FastifyInstance, readiness: () => ReadinessSnapshot): void {
  app.get('/healthz', { logLevel: 'warn' }, async (_request, reply) => reply.type('text/plain').send('ok\n'));
  app.get('/readyz', { logLevel: 'warn' }, async (_request, reply) => {
    const parts = Object.entries(readiness());
    const ready = parts.every(([, { ok }]) => ok);
    const lines = parts.map(([name, { ok, detail }]) => `${ok ? 'ok' : 'failed'} ${name}${detail === '' ? '' : `: ${detail}`}\n`);
    return reply
      .code(ready ? 200 : 503)
      .type('text/plain')
      .send(lines.join(''));
  });
}
