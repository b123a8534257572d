import {
  appendToUpload,
  codesOf,
  createUpload,
  describeUploads,
  downloadPackage,
  endUpload,
  listUploads,
  type Operation,
  readBlob,
  readHealth,
  readManifest,
  readReadiness,
  readUpload,
  readUploadOffset,
  uploadPackage,
} from '@odst/api';
import { type Authorizer, buildHttpApp } from '@odst/http';
import { OdstError } from '@odst/kernel';
import { createSilentLogger } from '@odst/telemetry';
import type { LightMyRequestResponse, RouteOptions } from 'fastify';
import { expect, test } from 'vitest';
import { createGrants } from '../../src/app/grants.ts';
import { buildDataPlane } from '../../src/data-plane/data-plane.ts';
import { everybody } from '../peer-fixture.ts';

const resumable: readonly Operation[] = [
  ...describeUploads,
  createUpload,
  appendToUpload,
  readUploadOffset,
  endUpload,
  readUpload,
  listUploads,
];
const ofStorage: readonly Operation[] = [...uploadPackage, ...resumable, ...downloadPackage, readManifest, readBlob];
const nothing = () => Promise.reject(new OdstError('STORAGE_BLOB_UNKNOWN', 'there is nothing'));

/** A data plane that holds nothing and lets nobody in, as an application of its own, with the routes that it has. */
async function dataPlaneApp() {
  const app = buildHttpApp({ logger: createSilentLogger(), readiness: () => ({}) });
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => {
    // Not those that Fastify adds.
    if (route.method !== 'HEAD' || route.config?.operation?.method === 'HEAD') routes.push(route);
  });
  const asked: string[] = [];
  const authorizer: Authorizer = {
    async authorize(_request, action) {
      asked.push(action);
      throw new OdstError('COMMON_LOGIN_REQUIRED', 'log in');
    },
  };
  await app.register(
    buildDataPlane({
      authorizer,
      beginUpload: nothing,
      spread: { check: nothing, wait: nothing },
      resumableUploads: {
        live: new Set(),
        ...{
          interrupt: nothing,
          takeTurn: nothing,
          create: nothing,
          find: nothing,
          append: nothing,
          end: nothing,
          list: nothing,
          tidy: nothing,
        },
        [Symbol.asyncDispose]: nothing,
      },
      uploadsAtOnce: 1,
      allowedExtensions: ['pkg'],
      maxUploadBytes: 1,
      stopping: new AbortController().signal,
      trust: { verifyRequest: () => Promise.reject(new OdstError('REGISTRATION_SIGNATURE_INVALID', 'not signed')) },
      trustedPeers: everybody,
      grants: createGrants(new Uint8Array(32), { now: () => new Date(0) }),
      loadManifest: nothing,
      blobStore: { open: nothing },
      findDownload: () => Promise.reject(new OdstError('CATALOG_PACKAGE_UNKNOWN', 'there is none')),
      clock: { now: () => new Date(0) },
      metrics: { add: () => undefined },
    }),
  );
  await app.ready();
  return { app, routes, asked };
}

/** The code of a refusal; answers to HEAD have no body to tell it. */
const codeOf = (answer: LightMyRequestResponse, untold: string) => (answer.body === '' ? untold : answer.json().code);

const methodsOf = ({ method, url }: RouteOptions) =>
  [method]
    .flat()
    .filter((one) => one !== 'HEAD' || url === readUploadOffset.url)
    .map((one) => `${one} ${url}`);

test('the data plane has a route for each operation that is of storage, and no other', async () => {
  const { routes } = await dataPlaneApp();
  expect(routes.flatMap(methodsOf).toSorted()).toEqual(ofStorage.map(({ method, url }) => `${method} ${url}`).toSorted());
  for (const { config, schema } of routes) {
    expect(ofStorage).toContain(config?.operation);
    expect(Object.keys((schema?.response ?? {}) as object).length).toBeGreaterThan(1);
  }
});

test('as a process of its own it has health besides', async () => {
  const { app } = await dataPlaneApp();
  for (const { method, url } of [readHealth, readReadiness]) expect(app.hasRoute({ method, url })).toBe(true);
});

test('each GET is answered to HEAD too', async () => {
  const { app } = await dataPlaneApp();
  const urls = ofStorage.filter(({ method }) => method === 'GET').map(({ url }) => url);
  expect(urls.filter((url) => !app.hasRoute({ method: 'HEAD', url }))).toEqual([]);
});

test.each([
  ['is not percent-encoded UTF-8', /:\w+|\*/, '%ff', 400, 'COMMON_REQUEST_MALFORMED'],
  ['is longer than any name', /:\w+/, 'a'.repeat(1_001), 404, 'COMMON_ROUTE_UNKNOWN'],
] as const)('a path that %s is refused with a code that the route declares', async (_what, place, part, status, code) => {
  const { app } = await dataPlaneApp();
  for (const operation of ofStorage.filter(({ url }) => place.test(url))) {
    const answer = await app.inject({ method: operation.method, url: operation.url.replace(place, part) });
    expect([operation.url, answer.statusCode, codeOf(answer, code)]).toEqual([operation.url, status, code]);
    expect(codesOf(operation)).toContain(code);
  }
});

// Those that let somebody in are in upload.int.test.ts, download.int.test.ts and service.int.test.ts.
test.each(
  ofStorage
    .filter(({ method }) => method !== 'OPTIONS')
    .map((operation) => [`${operation.method} ${operation.url}`, operation] as const),
)('%s lets in whom it says, and tells nobody else what is wrong with a request', async (_name, { method, url, access }) => {
  const { app, asked } = await dataPlaneApp();
  const answer = await app.inject({ method, url: url.replace(':sha256', 'zz').replace('*', 'none.pkg') });
  const expected = {
    open: [404, 'CATALOG_PACKAGE_UNKNOWN'],
    peer: [401, 'REGISTRATION_SIGNATURE_INVALID'],
    grant: [401, 'STORAGE_GRANT_INVALID'],
    right: [401, 'COMMON_LOGIN_REQUIRED'],
  };
  const [status, code] = expected[typeof access === 'object' ? 'right' : access] as [number, string];
  expect([answer.statusCode, codeOf(answer, code)]).toEqual([status, code]);
  expect(asked).toEqual(typeof access === 'object' ? [access.action] : []);
});
