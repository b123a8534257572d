import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { codesOf, downloadPackage, type Operation, operations, readBlob, readManifest, uploadPackage } from '@odst/api';
import type { Package, PackageRecord } from '@odst/contracts/catalog';
import type { DeadLetter } from '@odst/contracts/common';
import { SignedProfile } from '@odst/contracts/registration';
import type { HeldBackChange, PeerComparison } from '@odst/contracts/sync';
import type { Principal } from '@odst/http';
import { OdstError } from '@odst/kernel';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { describe, expect, test } from 'vitest';
import type { EventFeed } from '../../src/events-feed/event-feed.ts';
import { content, head, nomad, type Played, testApp } from '../test-app.ts';

/** Storage serves these, on the gateway's listener or on its own. */
const ofStorage: readonly Operation[] = [...uploadPackage, ...downloadPackage, readManifest, readBlob];
const ofGateway = operations.filter((operation) => !ofStorage.includes(operation));

const iss = 'e'.repeat(32);
const server = {
  iss,
  name: 'Berlin',
  url: 'https://b.example',
  stage: 'Prod',
  firewalledMode: false,
  publicKey: new Uint8Array(32),
  policy: { deletions: 'follow', trashDays: 30 },
};
const peer = { ...server, id: 2, registeredAt: new Date(0), clockOffsetMs: 0n, stageCap: 'Test', introduces: true };
const letter: DeadLetter = {
  ...{ id: 7n, consumer: 'catalog.blobs', topic: 'odst.storage.v1', key: 'aa', position: 90n },
  ...{ eventId: '018f5b0e-0000-7000-8000-000000000001', eventType: 'org.odst.storage.BlobVerified.v1' },
  ...{ attempts: 8, failure: 'broken', parkedAt: new Date(0), waiting: 3n },
  skip: { by: 'account:admin', at: new Date(0), reason: 'a test' },
};
const outcome = { handled: 1n, running: false, failed: { id: 8n, attempts: 1, failure: 'broken' }, left: '' };
const projection = {
  ...{ name: 'packages', version: 1, position: 3n, lastPosition: 4n, lag: 1n, state: 'rebuilding', failure: '' },
  rebuild: { state: 'running', position: 1n, startedAt: new Date(0), updatedAt: new Date(0), eventsPerSecond: 2.5, error: '' },
};

const signed: SignedProfile = {
  ...{ iss, name: 'Paris', url: 'https://p.example', stage: 'Prod', firewalledMode: false },
  ...{ publicKey: new Uint8Array(32), stamp: 1_764_390_000_000n, signature: new Uint8Array(64) },
};

const act = { act: 'replace', actor: 'account:admin', changedBy: iss, changedAt: new Date(0) };
const conflicted: Package = {
  ...nomad,
  heads: [
    head('Dev', {
      contenders: [
        { ...act, content: content(), isHere: true },
        { ...act, content: undefined, isHere: false },
      ],
    }),
    head('Prod', { content: undefined, status: '', contenders: [{ ...act, content: undefined, isHere: false }] }),
  ],
  trash: [{ content: content(), trashedAt: new Date(0) }],
};
const setting = {
  ...{ stage: 'Prod', content: undefined, byTheWay: false },
  seen: new Uint8Array([0x80, 0, 0, 0, 0, 0, 0, 0, 1]),
};
const record: PackageRecord = {
  uuid: iss,
  filename: 'NoMAD.pkg',
  bodies: [{ act: 'delete', sets: [setting], reason: '', from: '', writers: new Uint8Array(24) }],
  changes: [
    {
      ...{ body: 0, iss, epoch: '0123456789abcdef', stamp: 2n, actor: 'account:admin' },
      ...{ datedAt: new Date(0), signature: new Uint8Array(64) },
    },
  ],
};
const held: HeldBackChange = {
  ...{ id: 7n, packageUuid: iss, filename: 'NoMAD.pkg', act: 'promote', stages: ['Prod'], signedBy: iss, since: new Date(0) },
  ...{ code: 'CATALOG_CHANGE_SIGNER_UNKNOWN', reason: 'nobody knows them', isFinal: false },
};
const retirement = {
  ...{ iss, byIss: iss, publicKey: new Uint8Array(32), actor: 'account:admin', reason: 'closed' },
  ...{ stamp: 1n, signature: new Uint8Array(64) },
};
const introduced = {
  ...{ profile: signed, relation: 'introduced', introducedBy: iss, since: new Date(0) },
  ...{ retirement, retired: true, retiredByName: 'Berlin' },
};
const blocked = { ...introduced, blockedSince: new Date(0) };

const verified = {
  iss,
  name: 'Berlin',
  state: 'verified',
  since: new Date(0),
  reason: '',
  nextTryAt: undefined,
  heardAt: new Date(0),
};
const retrying = {
  ...verified,
  state: 'retrying',
  since: undefined,
  reason: 'no route to host',
  nextTryAt: new Date(0),
  heardAt: undefined,
};

const comparison: PeerComparison = {
  ...{ comparedAt: new Date(0), outcome: 'different', packages: 7, differed: 2, repaired: 1, heldBack: 0, lacking: 0 },
  ...{ unexplained: 1, examples: [{ filename: 'x.pkg', outcome: 'unexplained', reason: 'it is odd' }], reason: '' },
};

/** Services that have one of everything. */
const played = {
  server: {
    getServer: async () => ({ server }),
    getInvitation: async () => ({ key: 'S2V5' }),
    updateSettings: async () => ({ server, warnings: ['nobody answers there'] }),
    checkUrl: async () => ({ warnings: [] }),
    renewIdentity: async () => ({ iss, peers: ['Berlin'] }),
    listServers: async () => ({ servers: [introduced] }),
    rotateInvitation: async () => ({ key: 'S2V5' }),
  },
  peers: {
    listPeers: async () => ({ peers: [peer] }),
    registerPeer: async () => ({ peer, warnings: ['it is asked elsewhere'] }),
    updatePeer: async () => ({ peer }),
    unregisterPeer: async () => ({ peerTold: true }),
    blockServer: async () => ({ server: blocked, unregistered: true, peerTold: false, keyChanged: true, introduced: 2 }),
    unblockServer: async () => ({ server: introduced, wasBlocked: true }),
    retireServer: async () => ({ server: introduced, wasRetired: false }),
    acceptPeer: async () => ({ body: Buffer.from(JSON.stringify(handshake)), signature: 'a.b.c' }),
    acceptProfiles: async () => ({ refused: [] }),
    acceptUnregistration: async () => ({}),
  },
  trust: { verifyRequest: async () => ({ peer }) },
  packages: {
    listPackages: async ({ after }) => ({ packages: [conflicted], next: after === '' ? '7' : '' }),
    getPackage: async () => ({ package: conflicted }),
    changePackage: async () => ({
      package: conflicted,
      effects: [{ stage: 'Test', before: content(), after: undefined }],
      former: content('e'.repeat(64)),
      leaving: [content()],
      trashDays: 0,
    }),
    listRevisions: async () => ({
      revisions: [{ ...act, stage: 'Test', content: content(), stands: false, isHere: true, trashedAt: new Date(0) }],
    }),
    listHistory: async () => ({
      entries: [{ eventId: '1', type: 'PackageWanted', recordedAt: new Date(0), actor: 'service', changedBy: '', data: '{}' }],
    }),
  },
  blobs: {
    getManifest: async () => ({ manifest: new Uint8Array(), chunkSha1s: new Uint8Array(40) }),
    getDisk: async () => ({ freeBytes: 1n, totalBytes: 3n, usedBytes: 2n }),
  },
  feed: {
    listPeerStates: async () => ({ states: [] }),
    syncPeer: async () => ({ comparison }),
    listHeldChanges: async () => ({ changes: [held], next: '7' }),
    readChanges: async () => ({
      feedId: 'f',
      profiles: [signed],
      retirements: [retirement],
      holdings: [{ iss, shard: 7, stamp: 1n, entries: new Uint8Array(37), signature: new Uint8Array(64) }],
      writers: [{ iss, epoch: '0123456789abcdef', lastStamp: 2n, floor: 1n, stamp: 1n, signature: new Uint8Array(64) }],
      heartbeats: [{ iss, stamp: 1n, signature: new Uint8Array(64), ageMs: 40_000n }],
      items: [record],
      next: '1',
      more: true,
      left: 7,
      epoch: 'e'.repeat(16),
      restored: false,
    }),
    acceptHint: async () => ({}),
  },
  digests: {
    compareRanges: async () => ({ differing: [3], packages: 7 }),
    listDigests: async () => ({ entries: new Uint8Array(48), next: '' }),
    readRecords: async () => ({ items: [record], profiles: [signed], taken: 1 }),
    askToCompare: async () => ({}),
  },
  coverage: {
    getCoverage: async ({ heads = [] }) => ({
      heads: heads.map(({ stage = '', sha256 = '' }) => ({
        head: { stage, sha256 },
        held: 1,
        of: 2,
        sites: [verified, retrying],
      })),
    }),
    countCoverage: async ({ heads = [] }) => ({
      heads: heads.map(() => ({ held: 1, unknown: 1, of: 2 })),
      sites: [{ iss, name: 'Berlin', stage: 'Prod', isHeard: true, heardAt: new Date(0), held: 1, of: 2 }],
    }),
  },
  projections: { catalog: { listProjections: async () => ({ projections: [projection] }), rebuildProjection: async () => ({}) } },
  deadLetters: {
    catalog: {
      listDeadLetters: async () => ({ deadLetters: [letter] }),
      getDeadLetter: async () => ({ deadLetter: letter, event: '{"id":"1"}' }),
      retryDeadLetter: async () => ({ outcome }),
      skipDeadLetter: async () => ({ outcome: { ...outcome, running: true } }),
    },
  },
} satisfies Played;

const handshake = { profile: SignedProfile.toJSON(signed), sentAt: '2026-01-01T00:00:00.000Z', proof: 'a.b.c' };

const feedEvent = {
  ...({ specversion: '1.0', id: '1', source: `urn:odst:server:${iss}`, type: 'org.odst.catalog.PackageUploaded.v1' } as const),
  ...({ subject: 'package-1', time: '2026-01-01T00:00:00Z', datacontenttype: 'application/json' } as const),
  ...{ dataschema: 'urn:odst:schema:catalog:PackageUploaded:v1', sequence: '00000000000000000001', partitionkey: '1' },
  ...{ actor: 'account:admin', correlationid: 'c', data: { filename: 'NoMAD.pkg' }, feedsequence: '00000000000000000001' },
};
const feed: EventFeed = {
  add: async () => undefined,
  read: async () => ({ items: [feedEvent], next: feedEvent.feedsequence, atEnd: true }),
  last: async () => 1n,
  onAdded: () => ({ [Symbol.dispose]: () => undefined }),
  [Symbol.asyncDispose]: async () => undefined,
};

const readiness = () => ({ database: { ok: true, detail: '' } });

/** A request of each operation that succeeds: what its path, query string and body hold, and the status. */
const requests: Readonly<Record<string, { path?: readonly string[]; query?: string; body?: object; status?: number }>> = {
  readAbout: {},
  updateAbout: { body: { name: 'Paris', firewalled_mode: 'Enabled' }, status: 201 },
  updateAboutByOldPath: { body: { stage: 'Test' }, status: 201 },
  listAdminPackages: { query: '_=1764390000' },
  readAdminPackage: { path: ['NoMAD.pkg'] },
  registerPeer: { body: { url: 'https://b.example', iss_id: iss, key: 'S2V5' }, status: 201 },
  listRegisteredOds: {},
  readSystem: {},
  listPackages: {
    query:
      'stage=Dev&status=Deleted&q=nomad&sort=changed&deleted=true&conflict=true&trash=false&awaitsConfirmation=true&limit=1000&after=7',
  },
  readPackage: { path: ['NoMAD.pkg'] },
  listRevisions: { path: ['7'] },
  listHistory: { path: ['7'] },
  readPackageCoverage: { path: ['7'] },
  listCoverage: { query: 'sort=worst&stage=Dev&limit=1&after=-2.0.7.0' },
  changePackage: { path: ['7'], body: { stage: 'Prod', sha256: 'b'.repeat(64) } },
  promotePackage: { path: ['7'], body: { from: 'Dev', to: 'Prod', sha256: 'b'.repeat(64), reason: 'tried for a week' } },
  demotePackage: { path: ['7'], query: 'dryRun=true', body: { to: 'Dev' } },
  deletePackage: { path: ['7'], query: `stage=Dev&sha256=${'b'.repeat(64)}&reason=old`, status: 204 },
  restorePackage: { path: ['7'], body: {} },
  rollbackPackage: { path: ['7'], query: 'dryRun=false', body: { stage: 'Prod', reason: 'it breaks printing' } },
  confirmDeletion: { path: ['7'] },
  changePackages: { query: 'dryRun=true', body: { act: 'demote', ids: [7, 8], from: 'Prod', to: 'Test', reason: 'r' } },
  listConflicts: { query: 'limit=1&after=6' },
  resolveConflict: { path: ['7-Dev'], body: { keep: null, reason: 'neither' } },
  readSettings: {},
  renewIdentity: { query: 'dryRun=true' },
  changeSettings: { body: { url: 'https://b.example', firewalledMode: false } },
  listPeers: {},
  listServers: {},
  readPeer: { path: ['2'] },
  changePeer: { path: ['2'], body: { stageCap: 'Test', introduces: false } },
  unregisterPeer: { path: ['2'], query: 'block=true', status: 204 },
  blockServer: { path: [iss], query: 'dryRun=true' },
  unblockServer: { path: [iss] },
  retireServer: { path: [iss], body: { reason: 'closed' } },
  rotateKey: {},
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
  const { path = [], query, body } = { ...requests[id], ...more };
  const parts = [...path];
  const filled = pattern.replaceAll(/:\w+/g, () => encodeURIComponent(parts.shift() ?? ''));
  return { method, url: query === undefined ? filled : `${filled}?${query}`, ...(body === undefined ? {} : { payload: body }) };
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
  expect(routes.map(keyOf).toSorted()).toEqual(ofGateway.map(keyOf).toSorted());
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
