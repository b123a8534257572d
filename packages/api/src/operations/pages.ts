import { Type } from 'typebox';
import type { Operation } from '../operation.ts';
import { Bytes, Nothing, Text } from '../shapes.ts';

// Pages for people and what they load: declared as other routes are, and no part of the API, so they are not in its document.

const open = { method: 'GET', tag: 'Server', access: 'open' } as const;

const page = {
  ...open,
  summary: 'A page of the web UI, for browsers',
  description: 'Every address of the UI is answered with the same page, which then shows what the address names.',
  answers: { 200: Text('text/html', 'The page') },
  answerHeaders: { 'content-security-policy': 'What the page may load: from this server alone', 'cache-control': '`no-store`' },
} as const;

const below = Type.Object({ '*': Type.String() });

/** The addresses of the web UI: what it shows at each of them, it decides itself. */
export const readPage = [
  { ...page, url: '/', id: 'readHomePage' },
  { ...page, url: '/packages', id: 'readPackagesPage' },
  { ...page, url: '/packages/*', id: 'readPackagePage', params: below },
  { ...page, url: '/network', id: 'readNetworkPage' },
  { ...page, url: '/network/*', id: 'readServerPage', params: below },
  { ...page, url: '/transfers', id: 'readTransfersPage' },
  { ...page, url: '/activity', id: 'readActivityPage' },
  { ...page, url: '/admin', id: 'readAdminPage' },
  { ...page, url: '/admin/*', id: 'readAdminPages', params: below },
] as const satisfies readonly Operation[];

/** `GET /assets/{file}` */
export const readPageAsset = {
  ...open,
  url: '/assets/:file',
  id: 'readPageAsset',
  summary: 'What the pages load',
  quiet: true,
  params: Type.Object({ file: Type.String({ pattern: '^[\\w-][\\w.-]{0,100}$', examples: ['index-DudlMNOU.js'] }) }),
  answerHeaders: { 'cache-control': '`immutable`: the name of a file changes with its content', etag: 'Of the file' },
  answers: { 200: Bytes('The file', ['application/javascript', 'text/css', 'image/svg+xml']), 304: Nothing('The client has it') },
} as const satisfies Operation;
