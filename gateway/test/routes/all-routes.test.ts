import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  appendToUpload,
  codesOf,
  createUpload,
  describeUploads,
  downloadPackage,
  endUpload,
  listUploads,
  type Operation,
  operations,
  readBlob,
  readManifest,
  readPage,
  readPageAsset,
  readUpload,
  readUploadOffset,
  uploadPackage,
} from '@odst/api';
import type { Principal } from '@odst/http';
import { OdstError } from '@odst/kernel';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { describe, expect, test } from 'vitest';
import { testApp } from '../test-app.ts';
import { feed, handshake, iss, played, readiness } from './played-services.ts';

/** Storage serves these, on the gateway's listener or on its own. */
const ofStorage: readonly Operation[] = [
  ...uploadPackage,
  ...describeUploads,
  ...[createUpload, appendToUpload, readUploadOffset, endUpload, readUpload, listUploads],
  ...downloadPackage,
  ...[readManifest, readBlob],
];
const ofGateway = operations.filter((operation) => !ofStorage.includes(operation));

/** A request of each operation that succeeds: what its path, query string and body hold, and the status; HEAD of what never ends. */
const requests: Readonly<
  Record<string, { method?: 'HEAD'; path?: readonly string[]; query?: string; body?: object; status?: number }>
> = {
  readAbout: {},
  updateAbout: { body: { name: 'Paris', firewalled_mode: 'Enabled' }, status: 201 },
  updateAboutByOldPath: { body: { stage: 'Test' }, status: 201 },
  listAdminPackages: { query: '_=1764390000' },
  readAdminPackage: { path: ['NoMAD.pkg'] },
  registerPeer: { body: { url: 'https://b.example', iss_id: iss, key: 'S2V5' }, status: 201 },
  listRegisteredOds: {},
  readSystem: {},
  readSupportBundle: {},
  listPackages: {
    query:
      'stage=Dev&status=Deleted&q=nomad&sort=-changed&deleted=true&conflict=true&trash=false&awaitsConfirmation=true&behind=true&total=true&limit=1000&after=7',
  },
  readPackage: { path: ['NoMAD.pkg'] },
  listRevisions: { path: ['7'], query: 'limit=1' },
  compareRevisions: { path: ['7'], query: `from=${'b'.repeat(64)}&to=${'b'.repeat(64)}` },
  listHistory: { path: ['7'], query: 'limit=1' },
  readPackageCoverage: { path: ['7'], query: 'stage=Prod&wait=all&waitSeconds=1' },
  listCoverage: { query: 'sort=worst&stage=Dev&limit=1&after=-2.0.7.0' },
  changePackage: { path: ['7'], body: { stage: 'Prod', sha256: 'b'.repeat(64) } },
  promotePackage: { path: ['7'], body: { from: 'Dev', to: 'Prod', sha256: 'b'.repeat(64), reason: 'tried for a week' } },
  demotePackage: { path: ['7'], query: 'dryRun=true', body: { to: 'Dev' } },
  deletePackage: { path: ['7'], query: `stage=Dev&sha256=${'b'.repeat(64)}&reason=old`, status: 204 },
  restorePackage: { path: ['7'], body: {} },
  rollbackPackage: { path: ['7'], query: 'dryRun=false', body: { stage: 'Prod', reason: 'it breaks printing' } },
  confirmDeletion: { path: ['7'] },
  changePackages: { query: 'dryRun=true', body: { act: 'demote', ids: [7, 8], from: 'Prod', to: 'Test', reason: 'r' } },
  listConflicts: { query: 'q=nomad&limit=1&after=6' },
  resolveConflict: { path: ['7-Dev'], body: { keep: null, reason: 'neither' } },
  readSettings: {},
  renewIdentity: { query: 'dryRun=true' },
  changeSettings: { body: { url: 'https://b.example', firewalledMode: false } },
  readIdentity: {},
  listPeers: { query: 'q=berlin&state=unknown&limit=1' },
  createPeer: { body: { url: 'https://b.example', iss, key: 'S2V5', name: 'Berlin' }, status: 201 },
  listServers: { query: 'q=p.example&relation=introduced&limit=1' },
  readPeer: { path: ['2'] },
  changePeer: { path: ['2'], body: { stageCap: 'Test', introduces: false, paused: true, reason: 'r' } },
  unregisterPeer: { path: ['2'], query: 'block=true', status: 204 },
  blockServer: { path: [iss], query: 'dryRun=true' },
  unblockServer: { path: [iss] },
  retireServer: { path: [iss], body: { reason: 'closed' } },
  rotateKey: {},
  followChanges: { method: 'HEAD', query: 'after=0&types=PackageUploaded' },
  listTransfers: { query: `state=running&peer=${iss}&q=nomad&limit=1&after=waiting.-7` },
  changeTransfer: { path: ['b'.repeat(64)], body: { paused: true, first: true, reason: 'the line is full' } },
  syncPeer: { path: ['2'], query: 'wait=0' },
  listHeldChanges: { path: ['2'], query: 'after=6&limit=1' },
  listProjections: {},
  rebuildProjection: { path: ['packages'], status: 202 },
  listDeadLetters: { query: 'state=skipped&limit=1000&after=catalog-6' },
  readDeadLetter: { path: ['catalog-7'] },
  retryDeadLetter: { path: ['catalog-7'] },
  skipDeadLetter: { path: ['catalog-7'], body: { reason: 'a test' }, status: 202 },
  readEvents: { query: 'after=0&limit=1&types=PackageUploaded&types=PackagePublished' },
  acceptPeer: { body: handshake, status: 201 },
  leavePeer: { status: 204 },
  acceptProfile: { body: handshake.profile as object, status: 204 },
  readChanges: { query: 'after=1&wait=0&limit=1' },
  acceptHint: { status: 204 },
  compareDigests: { body: { list: [3], after: '' } },
  logIn: { body: { username: 'admin', password: 'a password' } },
  readLogin: {},
  logOut: { status: 204 },
  changePassword: { body: { username: 'admin', currentPassword: 'a password', newPassword: 'another password' }, status: 204 },
  listSessions: { query: 'username=admin&limit=1' },
  endSession: { path: ['s'], status: 204 },
  listAccounts: { query: 'q=ev&role=uploader&limit=1' },
  readAccount: { path: ['eva'] },
  createAccount: { body: { username: 'eva', password: 'correct horse', role: 'uploader', stages: ['Dev'] }, status: 201 },
  changeAccount: { path: ['eva'], body: { role: 'viewer' } },
  removeAccount: { path: ['eva'], status: 204 },
  listTokens: { query: 'q=ci&username=eva&limit=1' },
  issueToken: { body: { name: 'ci', role: 'viewer', expiresAt: '2027-01-01T00:00:00Z' }, status: 201 },
  revokeToken: { path: ['0123456789abcdef'], status: 204 },
  readAudit: { query: 'after=8.8&limit=2&actor=account%3Aadmin&q=NoMAD&type=login&outcome=refused&since=2026-01-01T00:00:00Z' },
  listActivity: { query: `kind=packages&package=7&server=${iss}&actor=account%3Aadmin&after=9&limit=1` },
  readSystemFigures: {},
  listTrash: { query: 'limit=1&after=6' },
  listSystemHistory: { query: 'hours=48' },
  readHealth: {},
  readReadiness: {},
  readMetrics: {},
  readAsyncApi: {},
  readEventSchema: { path: ['urn:odst:schema:catalog:PackageUploaded:v1'] },
  readOpenApi: {},
  readDocs: {},
  readDocsAsset: { path: ['swagger-ui.css'] },
  readErrorsPage: {},
};

function requestOf({ method, url: pattern, id }: Operation, more: { path?: readonly string[]; query?: string } = {}) {
  const { path = [], query, body, method: asked = method } = { ...requests[id], ...more };
  const parts = [...path];
  const filled = pattern.replaceAll(/:\w+/g, () => encodeURIComponent(parts.shift() ?? ''));
  return {
    method: asked,
    url: query === undefined ? filled : `${filled}?${query}`,
    ...(body === undefined ? {} : { payload: body }),
  };
}

/** Every route of the gateway, but those that Fastify adds for HEAD. */
async function gatewayRoutes(): Promise<RouteOptions[]> {
  const routes: RouteOptions[] = [];
  const follow = (message: unknown) => {
    const { fastify: app } = message as { readonly fastify: FastifyInstance };
    app.addHook('onRoute', (route) => {
      if (route.method !== 'HEAD') routes.push(route);
    });
  };
  subscribe('fastify.initialization', follow);
  await (await testApp(played, { feed })).ready();
  unsubscribe('fastify.initialization', follow);
  return routes;
}

const keyOf = (one: { readonly method: string | readonly string[]; readonly url: string }) => `${one.method} ${one.url}`;

test('the gateway has a route for each operation that is not of storage, and no other', async () => {
  const routes = await gatewayRoutes();
  expect(routes.map(keyOf).toSorted()).toEqual([...ofGateway, ...readPage, readPageAsset].map(keyOf).toSorted());
  for (const { config, schema } of routes) {
    expect(config?.operation?.access).toBeDefined();
    expect(Object.keys((schema?.response ?? {}) as object).length).toBeGreaterThan(1);
  }
});

test('each operation of the gateway is tried here', () => {
  expect(Object.keys(requests).toSorted()).toEqual(ofGateway.map(({ id }) => id).toSorted());
});

test('each GET is answered to HEAD too', async () => {
  const app = await testApp(played, { feed });
  await app.ready();
  const urls = ofGateway.filter(({ method }) => method === 'GET').map(({ url }) => url);
  expect(urls.filter((url) => !app.hasRoute({ method: 'HEAD', url }))).toEqual([]);
});

test.each([
  ['is not percent-encoded UTF-8', '%ff', 400, 'COMMON_REQUEST_MALFORMED'],
  ['is longer than any name', 'a'.repeat(1_001), 404, 'COMMON_ROUTE_UNKNOWN'],
])('a path that %s is refused with a code that the route declares', async (_what, part, status, code) => {
  const app = await testApp(played, { feed });
  for (const operation of ofGateway.filter(({ params }) => params !== undefined)) {
    const { method, url } = operation;
    const answer = await app.inject({ method, url: url.replace(/:\w+/, part) });
    expect([url, answer.statusCode, answer.json().code]).toEqual([url, status, code]);
    expect(codesOf(operation)).toContain(code);
  }
});

test('every operation of /api/v1 refuses a field that it does not know, also where it takes no body, and does nothing', async () => {
  const app = await testApp({}, { feed });
  const changing = ofGateway.filter(({ method, url }) => method !== 'GET' && url.startsWith('/api/v1/'));
  expect(changing.map(({ id }) => id)).toContain('confirmDeletion');
  for (const operation of changing) {
    const { payload, ...request } = requestOf(operation);
    const { statusCode, json } = await app.inject({ ...request, payload: { ...payload, version: 7 } });
    const errors = [{ pointer: '/version', detail: 'version is no field of this request' }];
    expect([operation.id, statusCode, json()]).toMatchObject([operation.id, 422, { code: 'COMMON_REQUEST_INVALID', errors }]);
    const list = await app.inject({ ...request, payload: [] });
    expect([operation.id, list.statusCode]).toEqual([operation.id, 422]);
  }
});

// That the answer is as its schema says is checked after each test, as it is after all tests: packages/testing/src/answers.ts.
describe.each(ofGateway.map((operation) => [keyOf(operation), operation] as const))('%s', (_name, operation) => {
  const { id, access, params } = operation;

  test('takes what it says, and answers what it says', async () => {
    const app = await testApp(played, { feed, readiness });
    const { statusCode, body } = await app.inject(requestOf(operation));
    expect([statusCode, body]).toEqual([requests[id]?.status ?? 200, expect.any(String)]);
    expect(Object.keys(operation.answers)).toContain(String(statusCode));
  });

  test('lets in whom it says', async () => {
    let asked = '';
    const nobody = async (_request: unknown, action: string): Promise<Principal> => {
      asked = action;
      throw new OdstError('COMMON_LOGIN_REQUIRED', 'log in');
    };
    const unsigned = async () => {
      throw new OdstError('REGISTRATION_SIGNATURE_INVALID', 'not signed');
    };
    const peers = { ...played.peers, acceptPeer: unsigned };
    const app = await testApp(
      { ...played, peers, trust: { verifyRequest: unsigned } },
      { feed, readiness, authorize: nobody, localOnly: false },
    );
    // What is wrong with it is told to nobody who may not call.
    const wrong = access === 'open' ? {} : { query: 'wrong=1', ...(params === undefined ? {} : { path: ['!'] }) };
    const { statusCode } = await app.inject(requestOf(operation, wrong));
    expect([statusCode, asked]).toEqual(
      access === 'open' ? [requests[id]?.status ?? 200, ''] : [401, typeof access === 'object' ? access.action : ''],
    );
  });
});
