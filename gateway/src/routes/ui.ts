import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import { readPage, readPageAsset, routeOf } from '@odst/api';
import { type HttpApp, sessionCookieOf } from '@odst/http';
import { OdstError } from '@odst/kernel';

/** Everything comes from this server. Styles that the page makes while it runs carry the nonce of the answer. */
const policyWith = (nonce: string) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

/** A worker obeys the policy of its own file: it asks this server, and loads parts of itself. */
const policyOfWorkers = "default-src 'none'; script-src 'self'; connect-src 'self'";

/**
 * The web UI: one document for all of its addresses, and the files that it loads, whose names change with their content.
 * @param folder What `gateway/ui` was built into. Default that of `@odst/ui`
 */
export async function uiRoutes(app: HttpApp, folder = builtUi()): Promise<void> {
  const document = await readFile(join(folder, 'index.html'), 'utf8');
  const files = new Set(await readdir(join(folder, 'assets')));
  await app.register(fastifyStatic, {
    root: join(folder, 'assets'),
    serve: false,
    preCompressed: true,
    immutable: true,
    maxAge: '365d',
  });

  for (const operation of readPage) {
    app.route({
      ...routeOf(operation),
      handler: async (request, reply) => {
        const nonce = randomBytes(16).toString('base64');
        reply.header('content-security-policy', policyWith(nonce)).header('cache-control', 'no-store');
        return reply
          .type('text/html; charset=utf-8')
          .send(filled(document, { nonce, 'has-session': sessionCookieOf(request) === '' ? 'no' : 'yes' }));
      },
    });
  }

  app.route({
    ...routeOf(readPageAsset),
    handler: async (request, reply) => {
      const { file } = request.params;
      if (!files.has(file)) throw new OdstError('COMMON_ROUTE_UNKNOWN', `no page of this server loads ${file}`);
      return reply.header('content-security-policy', policyOfWorkers).sendFile(file);
    },
  });
}

/** Puts values into the places of the document that are named for them. */
function filled(document: string, values: Readonly<Record<string, string>>): string {
  return Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, value), document);
}

const builtUi = () => dirname(fileURLToPath(import.meta.resolve('@odst/ui/dist/index.html')));
