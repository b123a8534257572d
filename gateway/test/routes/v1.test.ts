import { SignedProfile } from '@odst/contracts/registration';
import { OdstError } from '@odst/kernel';
import { expect, test } from 'vitest';
import { testApp } from '../test-app.ts';

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
    version: 4n,
    introduces: false,
  };
  const state = {
    peerIss: peer.iss,
    state: 'offline',
    lastAnswerAt: undefined,
    lastError: 'refused',
    failedTries: 3,
    nextTryAt: new Date('2026-01-01T00:01:00Z'),
    queuedTransfers: 2,
    backlogBytes: 5n,
    rateBytesPerSecond: 1_000n,
    pause: { by: 'account:admin', reason: 'the line is full' },
    heldBack: 5,
    heldBackReasons: [
      { code: 'CATALOG_CHANGE_SIGNER_UNKNOWN', reason: 'nobody knows them', signedBy: peer.iss, isFinal: false, count: 4 },
      { code: 'CATALOG_RECORD_INVALID', reason: 'no such name', signedBy: '', isFinal: true, count: 1 },
    ],
    comparison: {
      ...{ comparedAt: new Date('2026-01-01T00:00:00Z'), outcome: 'different', packages: 7, differed: 1, repaired: 0 },
      ...{ heldBack: 0, lacking: 0, unexplained: 1, reason: '' },
      examples: [{ filename: 'x.pkg', outcome: 'unexplained', reason: 'the peer gives no record' }],
    },
    isComparing: true,
  };
  const app = await testApp({
    peers: { listPeers: async () => ({ peers: [peer] }) },
    feed: { listPeerStates: async () => ({ states: [state] }) },
    server: {
      listServers: async () => ({
        servers: [
          {
            profile: SignedProfile.fromPartial({ iss: peer.iss, name: 'Berlin', stage: 'Prod' }),
            ...{ relation: 'peer', introducedBy: '', since: undefined },
            ...{ retirement: undefined, retired: false, retiredByName: '' },
          },
        ],
      }),
    },
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
      version: 4,
      warnings: [
        'the clocks differ by -600 s',
        'the connection is not encrypted',
        `4 of its changes that Berlin (${peer.iss}) signed are held back: the server that signed them is not known here. They are taken in when a peer passes on what it says of itself; where no peer does, register that server`,
        '1 of its changes is held back: their record is malformed, and is never taken in. Make sure that the peer runs a current version of this program',
        '1 package differs still from what the peer has: x.pkg, because the peer gives no record. Nothing is lost here. Make sure that the peer runs a current version, and look into its log',
      ],
      state: 'offline',
      lastAnswerAt: null,
      inStep: false,
      behind: null,
      readToEndAt: null,
      restoredAt: null,
      lastError: 'refused',
      failedTries: 3,
      nextTryAt: '2026-01-01T00:01:00.000Z',
      heldBack: 5,
      heldBackReasons: [
        {
          code: 'CATALOG_CHANGE_SIGNER_UNKNOWN',
          reason: 'nobody knows them',
          signedBy: peer.iss,
          signedByName: 'Berlin',
          isFinal: false,
          count: 4,
        },
        { code: 'CATALOG_RECORD_INVALID', reason: 'no such name', signedBy: null, signedByName: null, isFinal: true, count: 1 },
      ],
      comparison: {
        ...{ comparedAt: '2026-01-01T00:00:00.000Z', outcome: 'different', packages: 7, differed: 1, repaired: 0 },
        ...{ heldBack: 0, lacking: 0, unexplained: 1, reason: '' },
        examples: [{ filename: 'x.pkg', outcome: 'unexplained', reason: 'the peer gives no record' }],
      },
      comparing: true,
      queuedTransfers: 2,
      backlogBytes: 5,
      rateBytesPerSecond: 1_000,
      ...{ paused: true, pausedBy: 'account:admin', pauseReason: 'the line is full' },
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
  ['GET', 'peers/2', 'limit=1', 'there are none here'],
  ['DELETE', 'peers/7', 'dryRun=true', 'there are block'],
  ['POST', 'peers/7/sync', 'now=1', 'there are wait'],
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

test('a peer is in step only where it answers, its feed was read to the end, and nothing is held back or failing', async () => {
  const peer = {
    ...{ id: 2, iss: 'e'.repeat(32), name: 'Berlin', url: 'https://b.example', stage: 'Prod', firewalledMode: false },
    ...{
      publicKey: new Uint8Array(32),
      registeredAt: new Date(0),
      clockOffsetMs: 0n,
      stageCap: 'Prod',
      introduces: true,
      version: 1n,
    },
  };
  const well = {
    ...{ peerIss: peer.iss, state: 'online', lastAnswerAt: new Date(0), lastError: '', failedTries: 0, nextTryAt: undefined },
    ...{ rateBytesPerSecond: 0n, pause: undefined },
    ...{ queuedTransfers: 0, backlogBytes: 0n, heldBack: 0, heldBackReasons: [], behind: 0, readToEndAt: new Date(0) },
    ...{ comparison: undefined, isComparing: false },
  };
  const shown = async (state: Partial<typeof well> | { readonly behind: undefined } | undefined) => {
    const states = state === undefined ? [] : [{ ...well, ...state }];
    const app = await testApp({
      peers: { listPeers: async () => ({ peers: [peer] }) },
      feed: { listPeerStates: async () => ({ states }) },
    });
    const { inStep, behind, readToEndAt } = (await app.inject('/api/v1/peers/2')).json();
    return [inStep, behind, readToEndAt];
  };
  const epoch = '1970-01-01T00:00:00.000Z';
  expect(await shown({})).toEqual([true, 0, epoch]);
  expect(await shown({ behind: 7 })).toEqual([false, 7, epoch]);
  expect(await shown({ behind: undefined })).toEqual([false, null, epoch]);
  expect(await shown({ state: 'offline' })).toEqual([false, 0, epoch]);
  expect(await shown({ heldBack: 1 })).toEqual([false, 0, epoch]);
  expect(await shown({ lastError: 'no route to host' })).toEqual([false, 0, epoch]);
  expect(await shown(undefined)).toEqual([false, null, null]);
});

test('a server is retired with or without a reason, or a body', async () => {
  const iss = 'e'.repeat(32);
  const profile = {
    ...{ iss, publicKey: new Uint8Array(32), name: 'Bonn', url: 'https://bonn.example', stage: 'Prod', firewalledMode: false },
    ...{ stamp: 0n, signature: new Uint8Array(64) },
  };
  const reasons: unknown[] = [];
  const app = await testApp({
    peers: {
      retireServer: async ({ reason = '' }) => {
        reasons.push(reason);
        const said = { iss, byIss: 'a'.repeat(32), publicKey: new Uint8Array(32), actor: 'account:eva', reason, stamp: 1_000n };
        const retirement = { ...said, signature: new Uint8Array(64) };
        const known = { profile, relation: 'former', introducedBy: '', since: new Date(0) };
        return { server: { ...known, retirement, retired: true, retiredByName: '' }, wasRetired: false };
      },
    },
  });
  const url = `/api/v1/servers/${iss}/retire`;
  const answers = [
    await app.inject({ method: 'POST', url }),
    await app.inject({ method: 'POST', url, payload: {} }),
    await app.inject({ method: 'POST', url, payload: { reason: 'it burnt' } }),
  ];
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200]);
  expect(reasons).toEqual(['', '', 'it burnt']);
  expect(answers[2]?.json()).toMatchObject({
    wasRetired: false,
    server: {
      retired: true,
      retirement: {
        byIss: 'a'.repeat(32),
        byName: null,
        actor: 'account:eva',
        reason: 'it burnt',
        at: '1970-01-01T00:00:01.000Z',
      },
    },
  });
  for (const payload of [{ reason: 'x'.repeat(1_001) }, { why: 'it burnt' }, [], 'it burnt']) {
    expect((await app.inject({ method: 'POST', url, payload })).statusCode).toBeGreaterThanOrEqual(400);
  }
  expect(reasons).toHaveLength(3);
});

test('a support bundle has each part as its own request answers it, or why it has not, by the rights of who asks', async () => {
  const asked: unknown[] = [];
  const app = await testApp(
    { server: { getServer: () => Promise.reject(new OdstError('COMMON_SERVICE_UNAVAILABLE', 'registration is away')) } },
    {
      readiness: () => ({ registration: { ok: false, detail: 'away' } }),
      authorize: async ({ headers: { authorization, cookie } }, action) => {
        asked.push([action, authorization, cookie]);
        if (action === 'dead-letters:read') throw new OdstError('COMMON_ACCESS_DENIED', 'not this one');
        const caller = {
          actor: 'account:admin',
          remoteAddress: '127.0.0.1',
          correlationId: 'c',
          causationId: '',
          traceparent: '',
        };
        const right = { role: 'admin', stages: ['Dev', 'Test', 'Prod'], ownStages: ['Dev', 'Test', 'Prod'] };
        return { ...caller, ...right, username: 'admin', sessionId: '', tokenId: '' };
      },
    },
  );
  const answer = await app.inject({
    url: '/api/v1/system/support-bundle',
    headers: { authorization: 'Bearer a', cookie: 'other=1' },
  });
  expect([answer.statusCode, answer.headers['cache-control']]).toEqual([200, 'no-store']);
  expect(answer.headers['content-disposition']).toMatch(/^attachment; filename="odst-support-\d{4}-\d\d-\d\d\.json"$/);
  expect(answer.json()).toMatchObject({
    health: { isReady: false, lines: [expect.stringContaining('registration')] },
    settings: { refused: { code: 'COMMON_SERVICE_UNAVAILABLE', detail: 'registration is away' } },
    deadLetters: { refused: { code: 'COMMON_ACCESS_DENIED' } },
    readModels: { items: [], next: null },
  });
  expect(asked[0]).toEqual(['support:read', 'Bearer a', 'other=1']);
  for (const one of asked.slice(1)) expect(one).toEqual([expect.any(String), 'Bearer a', undefined]);
});
