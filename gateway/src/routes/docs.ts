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

const files = {
  'swagger-ui-bundle.js': import.meta.resolve('swagger-ui-dist/swagger-ui-bundle.js'),
  'swagger-ui.css': import.meta.resolve('swagger-ui-dist/swagger-ui.css'),
} as const;

/** Whatever the page's library would like to load: the browser gets it from this server or not at all. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * `GET /api/openapi.json`: the HTTP API as OpenAPI 3.1, byte routes included, whoever serves them; and `GET /api/docs`, the same
 * as a page to browse, which loads nothing from elsewhere. No login. Both are made when first asked for: most servers never are.
 */
export function docsRoutes(app: HttpApp): void {
  let rendered: Promise<string> | undefined;

  app.route({
    ...routeOf(readOpenApi),
    handler: async (_request, reply) => {
      rendered ??= renderOpenApi();
      return reply.type('application/json; charset=utf-8').send(await rendered);
    },
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
      const contentType = file.endsWith('.css') ? 'text/css' : 'text/javascript';
      reply.type(`${contentType}; charset=utf-8`).header('cache-control', 'no-cache');
      return reply.send(file === 'start.js' ? start : await readFile(fileURLToPath(files[file])));
    },
  });
}

async function renderOpenApi(): Promise<string> {
  const { openApiDocument } = await import('@odst/api/openapi');
  return JSON.stringify(await openApiDocument(serverVersion()));
}
