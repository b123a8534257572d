import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readDocs, readDocsAsset, readOpenApi, routeOf } from '@odst/api';
import type { HttpApp } from '@odst/http';
import { serverVersion } from '@odst/telemetry';

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>HTTP API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/api/docs/assets/swagger-ui.css">
</head>
<body>
<div id="api"></div>
<script src="/api/docs/assets/swagger-ui-bundle.js"></script>
<script src="/api/docs/assets/start.js"></script>
</body>
</html>
`;

// The validator would be asked on its maker's server.
const start = `SwaggerUIBundle({
  url: '/api/openapi.json', dom_id: '#api', deepLinking: true, docExpansion: 'list', defaultModelsExpandDepth: 0, validatorUrl: null,
});
`;

/** Whatever the page's library would like to load: the browser gets it from this server or not at all. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * `GET /api/openapi.json`: the HTTP API as OpenAPI 3.1, byte routes included, whoever serves them; and `GET /api/docs`, the same
 * as a page to browse, which loads nothing from elsewhere. No login. All is made when first asked for: most servers never are.
 * @param render Makes the document. Default that of `@odst/api`
 */
export function docsRoutes(app: HttpApp, render: () => Promise<string> = renderOpenApi): void {
  const openApi = keep(render);
  const assets = {
    'swagger-ui-bundle.js': keep(() => readAsset(import.meta.resolve('swagger-ui-dist/swagger-ui-bundle.js'))),
    'swagger-ui.css': keep(() => readAsset(import.meta.resolve('swagger-ui-dist/swagger-ui.css'))),
    'start.js': keep(async () => assetOf(Buffer.from(start))),
  } as const;

  app.route({
    ...routeOf(readOpenApi),
    handler: async (_request, reply) => reply.type('application/json; charset=utf-8').send(await openApi()),
  });

  app.route({
    ...routeOf(readDocs),
    handler: async (_request, reply) =>
      reply.header('content-security-policy', policy).type('text/html; charset=utf-8').send(page),
  });

  app.route({
    ...routeOf(readDocsAsset),
    handler: async (request, reply) => {
      const { file } = request.params;
      const { bytes, etag } = await assets[file]();
      reply.header('etag', etag).header('cache-control', 'no-cache');
      if (names(request.headers['if-none-match'], etag)) return reply.code(304).send();
      return reply.type(`${file.endsWith('.css') ? 'text/css' : 'text/javascript'}; charset=utf-8`).send(bytes);
    },
  });
}

/** Makes a thing once, when first asked for. A failure is not kept: who asks next has it tried again. */
function keep<T>(make: () => Promise<T>): () => Promise<T> {
  let kept: Promise<T> | undefined;
  return () => {
    kept ??= make().catch((error: unknown) => {
      kept = undefined;
      throw error;
    });
    return kept;
  };
}

async function renderOpenApi(): Promise<string> {
  const { openApiDocument } = await import('@odst/api/openapi');
  return JSON.stringify(await openApiDocument(serverVersion()));
}

/** A file of the page, with its strong entity tag. */
type Asset = { readonly bytes: Buffer; readonly etag: string };

const readAsset = async (url: string): Promise<Asset> => assetOf(await readFile(fileURLToPath(url)));

function assetOf(bytes: Buffer): Asset {
  return { bytes, etag: `"sha256-${createHash('sha256').update(bytes).digest('hex')}"` };
}

/** Whether `If-None-Match` names a tag (RFC 9110 §13.1.2): weak ones count, as proxies that compress make them of strong ones. */
function names(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = (ifNoneMatch ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}
