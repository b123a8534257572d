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
      warnings: [
        'the clocks differ by -600 s',
        'the connection is not encrypted',
        `4 of its changes that Berlin (${peer.iss}) signed are held back: the server that signed them is not known here. They are taken in when a peer passes on what it says of itself; where no peer does, register that server`,
        '1 of its changes is held back: their record is malformed, and is never taken in. Make sure that the peer runs a current version of this program',
        '1 package differs still from what the peer has: x.pkg, because the peer gives no record. Nothing is lost here. Make sure that the peer runs a current version, and look into its log',
      ],
      state: 'offline',
      lastAnswerAt: null,
      restoredAt: null,
      lastError: 'refused',
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
