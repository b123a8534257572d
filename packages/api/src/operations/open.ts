import { Type } from 'typebox';
import type { Operation } from '../operation.ts';
import { Bytes, Nothing, Text } from '../shapes.ts';

const tag = 'Server';
const open = { method: 'GET', tag, access: 'open' } as const;

/** `GET /healthz` */
export const readHealth = {
  ...open,
  url: '/healthz',
  id: 'readHealth',
  summary: 'Whether the process lives',
  quiet: true,
  answers: { 200: Text('text/plain', '`ok`') },
} as const satisfies Operation;

/** `GET /readyz` */
export const readReadiness = {
  ...open,
  url: '/readyz',
  id: 'readReadiness',
  summary: 'Whether the server serves',
  quiet: true,
  answers: {
    200: Text('text/plain', 'A line per part: `ok` or `failed`, its name, and why'),
    503: Text('text/plain', 'The same, while a part is not ready'),
  },
} as const satisfies Operation;

/** `GET /metrics` */
export const readMetrics = {
  method: 'GET',
  url: '/metrics',
  id: 'readMetrics',
  tag,
  summary: 'Metrics in the text format of Prometheus',
  description: 'No login on the server’s own machine while `ODST_PUBLIC_URL` is a loopback one.',
  access: { action: 'metrics:read', role: 'viewer' },
  quiet: true,
  answers: { 200: Text('text/plain', 'The metrics') },
} as const satisfies Operation;

/** `GET /api/asyncapi.yaml` */
export const readAsyncApi = {
  ...open,
  url: '/api/asyncapi.yaml',
  id: 'readAsyncApi',
  summary: 'The AsyncAPI 3.0 document of all events',
  // YAML: what it says is an object and no text.
  answers: { 200: Bytes('The document', ['application/yaml']) },
} as const satisfies Operation;

/** `GET /api/schemas/{dataschema}` */
export const readEventSchema = {
  ...open,
  url: '/api/schemas/:dataschema',
  id: 'readEventSchema',
  summary: 'The JSON Schema (draft 7) of the `data` of an event',
  params: Type.Object({ dataschema: Type.String({ examples: ['urn:odst:schema:catalog:PackageUploaded:v1'] }) }),
  unknown: 'EVENTS_SCHEMA_UNKNOWN',
  answers: { 200: Bytes('The schema', ['application/schema+json']) },
} as const satisfies Operation;

/** `GET /api/openapi.json` */
export const readOpenApi = {
  ...open,
  url: '/api/openapi.json',
  id: 'readOpenApi',
  summary: 'This document',
  answers: { 200: Bytes('OpenAPI 3.1', ['application/json']) },
} as const satisfies Operation;

/** `GET /api/docs` */
export const readDocs = {
  ...open,
  url: '/api/docs',
  id: 'readDocs',
  summary: 'This document as a page to browse',
  answers: { 200: Text('text/html', 'The page') },
} as const satisfies Operation;

/** `GET /api/docs/assets/{file}` */
export const readDocsAsset = {
  ...open,
  url: '/api/docs/assets/:file',
  id: 'readDocsAsset',
  summary: 'What the page loads',
  params: Type.Object({ file: Type.Enum(['swagger-ui-bundle.js', 'swagger-ui.css', 'start.js']) }),
  headers: { 'if-none-match': Type.String() },
  answerHeaders: { etag: 'Strong: `"sha256-<hex>"`' },
  answers: {
    200: {
      description: 'The file',
      content: { 'text/javascript': { schema: Type.Unsafe<unknown>({}) }, 'text/css': { schema: Type.Unsafe<unknown>({}) } },
    },
    304: Nothing('The client has it'),
  },
} as const satisfies Operation;

/** `GET /api/docs/errors` */
export const readErrorsPage = {
  ...open,
  url: '/api/docs/errors',
  id: 'readErrorsPage',
  summary: 'What each code of a problem document means',
  answers: { 200: Text('text/html', 'The page, with an anchor per code') },
} as const satisfies Operation;
