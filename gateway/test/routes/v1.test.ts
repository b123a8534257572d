import { OdstError } from '@odst/kernel';
import { describe, expect, test } from 'vitest';
import { nomad, testApp } from '../test-app.ts';

const promoter = {
  actor: 'account:eva',
  role: 'promoter',
  remoteAddress: '127.0.0.1',
  correlationId: 'c',
  causationId: '',
  traceparent: '',
};

describe('a stage change', () => {
  test('passes what the admin saw on, and answers with the package', async () => {
    const requests: unknown[] = [];
    const changeStage = async (request: unknown) => {
      requests.push(request);
      return { package: nomad };
    };
    const app = await testApp({ packages: { changeStage } });
    const answer = await app.inject({
      method: 'PATCH',
      url: '/api/v1/packages/7',
      headers: { 'if-match': '"3"' },
      payload: { stage: 'Test', sha256: 'b'.repeat(64) },
    });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers.etag).toBe('"3"');
    expect(answer.json()).toMatchObject({ id: 7, filename: 'NoMAD.pkg', stage: 'Test', sizeBytes: 3_460_301, version: 3 });
    expect(requests).toEqual([{ id: 7, stage: 'Test', sha256: 'b'.repeat(64), expectedVersion: 3n }]);
  });

  test('to a stage that the caller may not change to is refused, and asked about once', async () => {
    let asked = 0;
    const authorize = async () => {
      asked += 1;
      return { ...promoter, stages: ['Dev', 'Test'] };
    };
    const app = await testApp({ packages: { changeStage: async () => ({ package: nomad }) } }, { authorize });
    const change = (stage: string) => app.inject({ method: 'PATCH', url: '/api/v1/packages/7', payload: { stage } });
    const refused = await change('Prod');
    expect(refused.statusCode).toBe(403);
    expect(refused.json()).toMatchObject({ code: 'COMMON_ACCESS_DENIED' });
    expect((await change('Test')).statusCode).toBe(200);
    expect(asked).toBe(2);
  });

  test.each([
    ['"7"', 7n],
    ['7', 7n],
    ['*', 0n],
  ])('takes If-Match: %s', async (header, expectedVersion) => {
    const requests: unknown[] = [];
    const changeStage = async (request: unknown) => {
      requests.push(request);
      return { package: nomad };
    };
    const app = await testApp({ packages: { changeStage } });
    const change = { method: 'PATCH', url: '/api/v1/packages/7', payload: { stage: 'Test' } } as const;
    expect((await app.inject({ ...change, headers: { 'if-match': header } })).statusCode).toBe(200);
    expect(requests).toMatchObject([{ expectedVersion }]);
  });

  test.each(['"7', '7"', '""', '0', 'W/"7"', '"7", "8"', 'seven'])('refuses If-Match: %s', async (header) => {
    const app = await testApp({ packages: { changeStage: async () => ({ package: nomad }) } });
    const change = { method: 'PATCH', url: '/api/v1/packages/7', payload: { stage: 'Test' } } as const;
    const refused = await app.inject({ ...change, headers: { 'if-match': header } });
    expect([refused.statusCode, refused.json()]).toMatchObject([422, { code: 'COMMON_REQUEST_INVALID' }]);
  });

  test('of a version that is not the present one is a failed precondition', async () => {
    const changeStage = async () => {
      throw new OdstError('COMMON_COMMAND_CONFLICT', 'the package is at version 4, not 3', { actualVersion: 4 });
    };
    const app = await testApp({ packages: { changeStage } });
    const request = { method: 'PATCH', url: '/api/v1/packages/7', payload: { stage: 'Test' } } as const;
    const named = await app.inject({ ...request, headers: { 'if-match': '"3"' } });
    expect(named.statusCode).toBe(412);
    expect(named.json()).toMatchObject({ code: 'COMMON_PRECONDITION_FAILED' });
    expect((await app.inject(request)).statusCode).toBe(409);
  });

  test.each([
    ['an unknown stage', '7', { stage: 'prod' }, 422],
    ['no stage', '7', {}, 422],
    ['an unknown id', 'NoMAD.pkg', { stage: 'Prod' }, 404],
  ])('with %s is refused', async (_what, id, payload, status) => {
    const app = await testApp({});
    expect((await app.inject({ method: 'PATCH', url: `/api/v1/packages/${id}`, payload })).statusCode).toBe(status);
  });
});

test('a peer is shown with its state and with warnings about clock and encryption', async () => {
  const peer = {
    id: 2,
    iss: 'e'.repeat(32),
    name: 'Berlin',
    url: 'http://10.0.0.2:8080',
    stage: 'Prod',
    firewalledMode: false,
    publicKey: new Uint8Array(32),
    registeredAt: new Date('2026-01-01T00:00:00Z'),
    clockOffsetMs: -600_000n,
    stageCap: 'Test',
    introduces: false,
  };
  const state = {
    peerIss: peer.iss,
    state: 'offline',
    lastAnswerAt: undefined,
    lastError: 'refused',
    nextTryAt: new Date('2026-01-01T00:01:00Z'),
    queuedTransfers: 2,
    backlogBytes: 5n,
    heldBack: 3,
  };
  const app = await testApp({
    peers: { listPeers: async () => ({ peers: [peer] }) },
    feed: { listPeerStates: async () => ({ states: [state] }) },
  });
  expect((await app.inject('/api/v1/peers')).json().items).toEqual([
    {
      id: 2,
      iss: peer.iss,
      name: 'Berlin',
      url: peer.url,
      stage: 'Prod',
      firewalledMode: false,
      registeredAt: '2026-01-01T00:00:00.000Z',
      clockOffsetMs: -600_000,
      stageCap: 'Test',
      introduces: false,
      warnings: [
        'the clocks differ by -600 s',
        'the connection is not encrypted',
        '3 of its records wait until the server that signed them is known here',
      ],
      state: 'offline',
      lastAnswerAt: null,
      restoredAt: null,
      lastError: 'refused',
      nextTryAt: '2026-01-01T00:01:00.000Z',
      heldBack: 3,
      queuedTransfers: 2,
      backlogBytes: 5,
    },
  ]);
});

test.each([
  ['after=x', '/after'],
  ['after=-1', '/after'],
  ['after=1&after=2', '/after'],
  ['limit=0', '/limit'],
  ['limit=1001', '/limit'],
  ['limit=ten', '/limit'],
  ['limit=1&limit=2', '/limit'],
  ['types=', '/types'],
  ['types=%20,', '/types'],
  ['types=PackageEaten', '/types'],
  ['types=packageuploaded', '/types'],
  ['types=toString', '/types'],
  ['types=PackageUploaded,constructor', '/types'],
  ['types=org.odst.catalog.PackageUploaded.v2', '/types'],
  ['types=org.odst.catalog.BlobVerified.v1', '/types'],
  ['types=org.odst.constructor.name.v1', '/types'],
])('the event feed refuses %s and points at it', async (query, pointer) => {
  const app = await testApp({});
  const answer = await app.inject(`/api/v1/events?${query}`);
  expect(answer.statusCode).toBe(422);
  expect(answer.json()).toMatchObject({ code: 'COMMON_REQUEST_INVALID', errors: [{ pointer }] });
});

const unknownParameter = (name: string, there: string) => ({
  code: 'COMMON_REQUEST_INVALID',
  detail: `there is no parameter ${name}: ${there}`,
});

test.each([
  ['GET', 'events', 'type=PackagePublished', 'there are after, limit, types'],
  ['GET', 'dead-letters', 'stat=skipped', 'there are after, limit, state'],
  ['GET', 'dead-letters/catalog-7', 'full=1', 'there are none here'],
  ['POST', 'dead-letters/catalog-7/retry', 'all=1', 'there are none here'],
  ['GET', 'peers', 'limit=1', 'there are none here'],
  ['DELETE', 'peers/7', 'dryRun=true', 'there are block'],
  ['POST', 'peers/7/sync', 'now=1', 'there are none here'],
  ['POST', 'identity', 'dryrun=true', 'there are dryRun'],
  ['POST', `servers/${'e'.repeat(32)}/block`, 'dryrun=true', 'there are dryRun'],
  ['GET', 'projections', 'state=failing', 'there are none here'],
  ['POST', 'projections/packages/rebuild', 'dryRun=true', 'there are none here'],
] as const)('%s of %s refuses ?%s and says which parameters there are', async (method, path, query, there) => {
  const app = await testApp({});
  const answer = await app.inject({ method, url: `/api/v1/${path}?${query}` });
  expect(answer.statusCode).toBe(422);
  const [name = ''] = query.split('=');
  expect(answer.json()).toMatchObject({ ...unknownParameter(name, there), errors: [{ pointer: `/${name}` }] });
});

test.each([
  ['PATCH', 'packages/7', { stage: 'Prod' }],
  ['POST', 'dead-letters/catalog-7/skip', { reason: 'a test' }],
] as const)('%s of %s refuses parameters beside its body', async (method, path, payload) => {
  const app = await testApp({});
  const answer = await app.inject({ method, url: `/api/v1/${path}?dryRun=true`, payload });
  expect(answer.statusCode).toBe(422);
  expect(answer.json()).toMatchObject(unknownParameter('dryRun', 'there are none here'));
});

test('of parameters nothing is said before a login, and of one with a long name its beginning, as a JSON pointer', async () => {
  const refused = async (): Promise<never> => {
    throw new OdstError('COMMON_LOGIN_REQUIRED', 'log in');
  };
  const closed = await testApp({}, { authorize: refused });
  expect((await closed.inject('/api/v1/peers?limit=1')).statusCode).toBe(401);
  const app = await testApp({});
  const answer = await app.inject(`/api/v1/peers?a~b/${'c'.repeat(500)}=1`);
  expect(answer.json()).toMatchObject({ errors: [{ pointer: `/a~0b~1${'c'.repeat(96)}` }] });
});
