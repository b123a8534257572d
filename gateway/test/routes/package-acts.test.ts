import type { ChangePackageRequest } from '@odst/contracts/catalog';
import { OdstError, type Stage } from '@odst/kernel';
import { describe, expect, test } from 'vitest';
import { content, head, nomad, testApp } from '../test-app.ts';

const promoter = {
  actor: 'account:eva',
  role: 'promoter',
  remoteAddress: '127.0.0.1',
  correlationId: 'c',
  causationId: '',
  traceparent: '',
  username: 'eva',
  ownStages: ['Dev', 'Test', 'Prod'],
  sessionId: '',
  tokenId: '',
};
const seen = 'b'.repeat(64);
const effects = [
  { stage: 'Dev', before: content(), after: content() },
  { stage: 'Prod', before: content(), after: undefined },
];

/** The gateway over a catalog that does every act on NoMAD.pkg, and what that was asked. */
async function actingApp(stages?: readonly Stage[], shown = nomad) {
  const asked: ChangePackageRequest[] = [];
  const packages = {
    getPackage: async () => ({ package: shown }),
    changePackage: async (request: ChangePackageRequest) => {
      asked.push(request);
      return { package: shown, effects, former: content('e'.repeat(64)), toTrash: [content()], trashDays: 0 };
    },
  };
  const app = await testApp({ packages }, stages === undefined ? {} : { authorize: async () => ({ ...promoter, stages }) });
  return { app, asked };
}

const nothing = { from: '', to: '', sha256: '', reason: '', expectedVersion: 0n, dryRun: false };

describe('an act on a package', () => {
  test.each([
    ['PATCH', '', { stage: 'Test', sha256: seen }, { act: 'move', to: 'Test', sha256: seen }],
    ['POST', '/promote', { to: 'Prod' }, { act: 'promote', to: 'Prod' }],
    [
      'POST',
      '/promote',
      { from: 'Dev', to: 'Prod', sha256: seen, reason: 'tried' },
      { act: 'promote', from: 'Dev', to: 'Prod', sha256: seen, reason: 'tried' },
    ],
    ['POST', '/demote', { from: 'Prod', to: 'Dev' }, { act: 'demote', from: 'Prod', to: 'Dev' }],
    ['POST', '/restore', {}, { act: 'restore' }],
    ['POST', '/restore', { stage: 'Prod', sha256: seen }, { act: 'restore', to: 'Prod', sha256: seen }],
    ['POST', '/rollback', { stage: 'Prod', reason: 'broken' }, { act: 'rollback', to: 'Prod', reason: 'broken' }],
    ['POST', '/confirm', undefined, { act: 'confirm' }],
  ] as const)('%s %s with %j is passed on, and answered with the package', async (method, path, payload, expected) => {
    const { app, asked } = await actingApp();
    const url = `/api/v1/packages/7${path}`;
    const answer = await app.inject({ method, url, ...(payload === undefined ? {} : { payload }) });
    expect([answer.statusCode, answer.headers.etag]).toEqual([200, '"3"']);
    expect(answer.json()).toMatchObject({ id: 7, filename: 'NoMAD.pkg', stage: 'Test', sizeBytes: 3_460_301, version: 3 });
    expect(asked).toEqual([{ ...nothing, id: 7, ...expected }]);
  });

  test.each([
    ['', { act: 'delete' }],
    [`?stage=Prod&sha256=${seen}&reason=old`, { act: 'delete', to: 'Prod', sha256: seen, reason: 'old' }],
  ])('DELETE %s is passed on, and answered 204', async (query, expected) => {
    const { app, asked } = await actingApp();
    const answer = await app.inject({ method: 'DELETE', url: `/api/v1/packages/7${query}` });
    expect([answer.statusCode, answer.body]).toEqual([204, '']);
    expect(asked).toEqual([{ ...nothing, id: 7, ...expected }]);
  });

  test.each([
    ['POST', '/promote', { to: 'Prod' }],
    ['POST', '/demote', { to: 'Dev' }],
    ['POST', '/restore', {}],
    ['POST', '/rollback', { stage: 'Prod' }],
    ['POST', '/confirm', undefined],
    ['DELETE', '', undefined],
  ] as const)('%s %s with dryRun=true only tells what it would do', async (method, path, payload) => {
    const { app, asked } = await actingApp();
    const url = `/api/v1/packages/7${path}?dryRun=true`;
    const answer = await app.inject({ method, url, ...(payload === undefined ? {} : { payload }) });
    const is = { sha256: seen, sha1: 'a'.repeat(40), sizeBytes: 3_460_301 };
    expect([answer.statusCode, answer.json()]).toEqual([
      200,
      {
        effects: [
          { stage: 'Dev', before: is, after: is },
          { stage: 'Prod', before: is, after: null },
        ],
        former: { ...is, sha256: 'e'.repeat(64) },
        toTrash: [is],
        trashDays: 0,
      },
    ]);
    expect(asked).toMatchObject([{ dryRun: true }]);
  });

  test.each([
    ['PATCH', '', { stage: 'prod' }, '/stage'],
    ['PATCH', '', {}, '/stage'],
    ['POST', '/promote', { from: 'Dev' }, '/to'],
    ['POST', '/demote', { to: 'Dev', stage: 'Prod' }, '/stage'],
    ['POST', '/rollback', {}, '/stage'],
    ['POST', '/restore', { sha256: 'B'.repeat(64) }, '/sha256'],
    ['POST', '/rollback', { stage: 'Prod', reason: 'a\nb' }, '/reason'],
    ['POST', '/rollback', { stage: 'Prod', reason: 'a'.repeat(1_001) }, '/reason'],
    ['DELETE', '?stage=Everywhere', undefined, '/stage'],
    ['DELETE', '?dryrun=true', undefined, '/dryrun'],
    ['DELETE', '?dryRun=1', undefined, '/dryRun'],
  ] as const)('%s %s with %j is refused', async (method, path, payload, pointer) => {
    const app = await testApp({});
    const url = `/api/v1/packages/7${path}`;
    const answer = await app.inject({ method, url, ...(payload === undefined ? {} : { payload }) });
    expect([answer.statusCode, answer.json()]).toMatchObject([422, { code: 'COMMON_REQUEST_INVALID', errors: [{ pointer }] }]);
  });

  test('on what is no id is 404', async () => {
    const app = await testApp({});
    const answer = await app.inject({ method: 'PATCH', url: '/api/v1/packages/NoMAD.pkg', payload: { stage: 'Prod' } });
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'CATALOG_PACKAGE_UNKNOWN']);
  });
});

describe('If-Match', () => {
  test.each([
    ['"7"', 7n],
    ['7', 7n],
    ['*', 0n],
  ])('%s is passed on', async (header, expectedVersion) => {
    const { app, asked } = await actingApp();
    const headers = { 'if-match': header };
    await app.inject({ method: 'PATCH', url: '/api/v1/packages/7', payload: { stage: 'Test' }, headers });
    await app.inject({ method: 'DELETE', url: '/api/v1/packages/7', headers });
    await app.inject({ method: 'POST', url: '/api/v1/conflicts/7-Dev/resolve', payload: { keep: seen }, headers });
    expect(asked.map((request) => request.expectedVersion)).toEqual([expectedVersion, expectedVersion, expectedVersion]);
  });

  test.each(['"7', '7"', '""', '0', 'W/"7"', '"7", "8"', 'seven'])('%s is refused', async (header) => {
    const { app, asked } = await actingApp();
    const change = { method: 'PATCH', url: '/api/v1/packages/7', payload: { stage: 'Test' } } as const;
    const refused = await app.inject({ ...change, headers: { 'if-match': header } });
    expect([refused.statusCode, refused.json()]).toMatchObject([422, { code: 'COMMON_REQUEST_INVALID' }]);
    expect(asked).toEqual([]);
  });

  test('of a version that is not the present one is a failed precondition', async () => {
    const changed = async () => {
      throw new OdstError('COMMON_COMMAND_CONFLICT', 'the package is at version 4, not 3', { actualVersion: 4 });
    };
    const app = await testApp({ packages: { changePackage: changed } });
    const request = { method: 'POST', url: '/api/v1/packages/7/promote', payload: { to: 'Test' } } as const;
    const named = await app.inject({ ...request, headers: { 'if-match': '"3"' } });
    expect(named.statusCode).toBe(412);
    expect(named.json()).toMatchObject({ code: 'COMMON_PRECONDITION_FAILED' });
    expect((await app.inject(request)).statusCode).toBe(409);
  });
});

describe('a right that is limited to stages', () => {
  test.each([
    [['Dev', 'Test'], 'PATCH', '', { stage: 'Test' }, 200],
    [['Dev', 'Test'], 'PATCH', '', { stage: 'Prod' }, 403],
    [['Prod'], 'POST', '/promote', { from: 'Dev', to: 'Prod' }, 200],
    [['Dev'], 'POST', '/promote', { from: 'Dev', to: 'Prod' }, 403],
    [['Dev', 'Prod'], 'POST', '/demote', { from: 'Prod', to: 'Dev' }, 200],
    [['Dev'], 'POST', '/demote', { from: 'Prod', to: 'Dev' }, 403],
    [['Prod'], 'POST', '/rollback', { stage: 'Prod' }, 200],
    [['Dev'], 'POST', '/rollback', { stage: 'Prod' }, 403],
    [['Prod'], 'POST', '/restore', { stage: 'Prod' }, 200],
    [['Dev', 'Test'], 'POST', '/restore', {}, 403],
    [['Dev'], 'DELETE', '?stage=Dev', undefined, 204],
    [['Dev'], 'DELETE', '?stage=Prod', undefined, 403],
    [['Dev', 'Test'], 'DELETE', '', undefined, 403],
    [['Dev', 'Test'], 'POST', '/confirm', undefined, 403],
    [['Dev', 'Test', 'Prod'], 'DELETE', '', undefined, 204],
  ] as const)('to %j: %s %s with %j is answered %i', async (stages, method, path, payload, status) => {
    const { app, asked } = await actingApp(stages);
    const url = `/api/v1/packages/7${path}`;
    const answer = await app.inject({ method, url, ...(payload === undefined ? {} : { payload }) });
    expect([answer.statusCode, asked.length]).toEqual([status, status === 403 ? 0 : 1]);
    if (status === 403) expect(answer.json().code).toBe('COMMON_ACCESS_DENIED');
  });

  const inProd = {
    ...nomad,
    heads: [head('Test'), head('Prod', { content: content('f'.repeat(64)) })],
    serves: 'Prod',
    stage: 'Prod',
  };

  test('holds for the stage that a demotion takes from too, where the request leaves it open', async () => {
    const { app, asked } = await actingApp(['Dev', 'Test'], inProd);
    const demote = (body: object) => app.inject({ method: 'POST', url: '/api/v1/packages/7/demote', payload: body });
    expect((await demote({ to: 'Dev' })).statusCode).toBe(403);
    expect(asked).toEqual([]);
    expect((await demote({ to: 'Dev', sha256: seen })).statusCode).toBe(200);
    expect(asked).toMatchObject([{ act: 'demote', from: 'Test', to: 'Dev', expectedVersion: 3n }]);
  });

  test('holds for the served stage that PATCH empties', async () => {
    const patched = async (stages: readonly Stage[]) => {
      const { app, asked } = await actingApp(stages, inProd);
      const { statusCode } = await app.inject({ method: 'PATCH', url: '/api/v1/packages/7', payload: { stage: 'Dev' } });
      return [statusCode, asked.map(({ expectedVersion }) => expectedVersion)];
    };
    expect(await patched(['Dev', 'Test'])).toEqual([403, []]);
    expect(await patched(['Dev', 'Prod'])).toEqual([200, [3n]]);
  });

  test('is asked about once', async () => {
    let times = 0;
    const authorize = async () => {
      times += 1;
      return { ...promoter, stages: ['Dev', 'Test'] };
    };
    const app = await testApp({}, { authorize });
    await app.inject({ method: 'POST', url: '/api/v1/packages/7/demote', payload: { from: 'Prod', to: 'Dev' } });
    expect(times).toBe(1);
  });
});

describe('a bulk act', () => {
  const bulk = { method: 'POST', url: '/api/v1/packages/bulk' } as const;

  test('has a result for each id, in their order', async () => {
    const asked: ChangePackageRequest[] = [];
    const changed = async (request: ChangePackageRequest) => {
      asked.push(request);
      if (request.id === 8) throw new OdstError('CATALOG_HEAD_EMPTY', '"B.pkg" has nothing in Dev');
      return { package: { ...nomad, id: request.id }, effects, former: undefined, toTrash: [], trashDays: 30 };
    };
    const app = await testApp({ packages: { changePackage: changed } });
    const answer = await app.inject({
      ...bulk,
      payload: { act: 'promote', ids: [9, 8, 7], from: 'Dev', to: 'Prod', reason: 'r' },
    });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({
      items: [
        { id: 9, status: 200, code: null, detail: null, package: { id: 9 }, dryRun: null },
        { id: 8, status: 409, code: 'CATALOG_HEAD_EMPTY', detail: '"B.pkg" has nothing in Dev', package: null },
        { id: 7, status: 200, package: { id: 7 } },
      ],
      next: null,
    });
    const common = { ...nothing, act: 'promote', from: 'Dev', to: 'Prod', reason: 'r' };
    expect(asked).toEqual([9, 8, 7].map((id) => ({ ...common, id })));
  });

  test('with dryRun=true tells of each what it would do', async () => {
    const { app, asked } = await actingApp();
    const answer = await app.inject({
      ...bulk,
      url: `${bulk.url}?dryRun=true`,
      payload: { act: 'delete', ids: [7], stage: 'Dev' },
    });
    expect(answer.json().items).toMatchObject([
      { id: 7, status: 200, package: null, dryRun: { effects: [{}, { after: null }] } },
    ]);
    expect(asked).toMatchObject([{ act: 'delete', to: 'Dev', dryRun: true }]);
  });

  test('changes a few packages at a time, and all 500', async () => {
    let [running, most] = [0, 0];
    const changed = async ({ id }: ChangePackageRequest) => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
      return { package: { ...nomad, id }, effects, former: undefined, toTrash: [], trashDays: 30 };
    };
    const app = await testApp({ packages: { changePackage: changed } });
    const ids = Array.from({ length: 500 }, (_, index) => index + 1);
    const answer = await app.inject({ ...bulk, payload: { act: 'delete', ids } });
    expect(answer.json().items.map(({ id }: { id: number }) => id)).toEqual(ids);
    expect(most).toBe(8);
  });

  test('is refused of each id whose stages the caller has not', async () => {
    const { app, asked } = await actingApp(['Dev']);
    const answer = await app.inject({ ...bulk, payload: { act: 'delete', ids: [7, 8] } });
    expect(answer.json().items).toMatchObject([
      { id: 7, status: 403, code: 'COMMON_ACCESS_DENIED' },
      { id: 8, status: 403, code: 'COMMON_ACCESS_DENIED' },
    ]);
    expect(asked).toEqual([]);
  });

  test.each([
    [{ act: 'resolve', ids: [7] }, '/act'],
    [{ act: 'delete', ids: [] }, '/ids'],
    [{ act: 'delete', ids: [7, 7] }, '/ids'],
    [{ act: 'delete', ids: Array.from({ length: 501 }, (_, index) => index + 1) }, '/ids'],
    [{ act: 'delete', ids: [0] }, '/ids/0'],
    [{ act: 'delete', ids: [7], to: 'Dev' }, '/to'],
    [{ act: 'promote', ids: [7] }, '/to'],
    [{ act: 'promote', ids: [7], to: 'Prod', stage: 'Prod' }, '/stage'],
    [{ act: 'rollback', ids: [7] }, '/stage'],
    [{ act: 'confirm', ids: [7], stage: 'Dev' }, '/stage'],
  ])('with %j is refused', async (payload, pointer) => {
    const answer = await (await testApp({})).inject({ ...bulk, payload });
    expect([answer.statusCode, answer.json()]).toMatchObject([422, { code: 'COMMON_REQUEST_INVALID', errors: [{ pointer }] }]);
  });
});
