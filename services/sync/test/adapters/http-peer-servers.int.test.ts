import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { PackageRecord } from '@odst/contracts/catalog';
import { SignedProfile, SignedRetirement } from '@odst/contracts/registration';
import { Heartbeat, HoldingsStatement, WriterStatement } from '@odst/contracts/sync';
import { OdstError } from '@odst/kernel';
import { freePort } from '@odst/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHttpPeerServers } from '../../src/adapters/http-peer-servers.ts';
import type { PeerServers } from '../../src/app/ports.ts';
import { entriesOf } from '../../src/domain/comparison.ts';
import type { Statement } from '../../src/domain/holdings.ts';
import { hash, issOf, profileOf, recordOf } from '../support/records.ts';
import { createSigner } from '../support/signers.ts';

const peerIss = issOf('b');
const never = new AbortController().signal;
const request = { peerIss, after: 'feed.7', waitMs: 2_000, limit: 10, epoch: 'a'.repeat(16) };
const record = recordOf({ filename: 'Büro.pkg', by: peerIss });
const profile = profileOf('b');
const signer = createSigner();
const statements = [
  signer.says({ kind: 'writer', stamp: 2n ** 40n, lastStamp: 2n ** 62n, floor: 9_007_199_254_740_993n }),
  signer.says({ kind: 'holdings', stamp: 2n ** 40n, holds: [hash('sha256', 'x')] }),
  signer.says({ kind: 'heartbeat', stamp: 7n, ageMs: 40_000n }),
] as const satisfies readonly Statement[];
const retirement: SignedRetirement = {
  ...{ iss: hash('md5', 'gone'), byIss: hash('md5', 'by'), publicKey: new Uint8Array(32), actor: 'account:admin' },
  ...{ reason: 'closed', stamp: 9n, signature: new Uint8Array(64) },
};
const page = {
  feed: 'feed',
  profiles: [SignedProfile.toJSON(profile)],
  retirements: [SignedRetirement.toJSON(retirement)],
  writers: [WriterStatement.toJSON(statements[0].statement as WriterStatement)],
  holdings: [HoldingsStatement.toJSON(statements[1].statement as HoldingsStatement)],
  heartbeats: [Heartbeat.toJSON(statements[2].statement as Heartbeat)],
  items: [PackageRecord.toJSON(record)],
  next: 'feed.8',
  more: true,
  left: 12,
  epoch: 'b'.repeat(16),
  restored: false,
};

let server: Server;
let baseUrl: string;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let servers: PeerServers & Disposable;
let signed: { method: string; target: string; bodySha256: string }[];
let reported: { peerIss: string; signedTime: string; authorization: string }[];

const json = (body: unknown) => (_request: IncomingMessage, response: ServerResponse) => {
  response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
};

beforeEach(async () => {
  server = createServer((incoming, response) => answer(incoming, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  baseUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  signed = [];
  reported = [];
  servers = createHttpPeerServers({
    trust: {
      async signRequest({ method, target, bodySha256 }) {
        signed.push({ method, target, bodySha256 });
        return { authorization: `ODST token-${signed.length}`, baseUrl };
      },
      async reportPeerTime(report) {
        reported.push(report);
        if (report.signedTime === 'forged') throw new OdstError('REGISTRATION_SIGNATURE_INVALID', 'not signed by the peer');
        return { clockOffsetMs: 600_000n };
      },
    },
  });
});

afterEach(async () => {
  servers[Symbol.dispose]();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const failure = (partOfMessage: string) =>
  expect.objectContaining({ code: 'SYNC_PEER_FAILED', message: expect.stringContaining(partOfMessage) });

test('asks for changes with a signature over method, path and query, and reads the page', async () => {
  let seen: IncomingMessage | undefined;
  answer = (incoming, response) => {
    seen = incoming;
    json(page)(incoming, response);
  };
  expect(await servers.readChanges(request, never)).toEqual({
    records: [record],
    profiles: [profile],
    retirements: [retirement],
    statements,
    malformed: [],
    next: 'feed.8',
    more: true,
    left: 12,
    epoch: 'b'.repeat(16),
    restored: false,
  });
  expect(seen?.url).toBe('/api/ods/v1/changes?after=feed.7&wait=2&limit=10&epoch=aaaaaaaaaaaaaaaa');
  expect(seen?.headers.authorization).toBe('ODST token-1');
  expect(signed).toEqual([{ method: 'GET', target: seen?.url, bodySha256: hash('sha256', '') }]);
});

test('sends a hint without a body', async () => {
  let seen: IncomingMessage | undefined;
  answer = (incoming, response) => {
    seen = incoming;
    response.writeHead(204).end();
  };
  await servers.hint(peerIss, never);
  expect([seen?.method, seen?.url, seen?.headers['content-length']]).toEqual(['POST', '/api/ods/v1/hint', '0']);
});

test('where clocks differ, learns the peer’s time and hints once more with a new signature', async () => {
  const seen: unknown[] = [];
  answer = (incoming, response) => {
    seen.push(incoming.headers.authorization);
    const skewed = incoming.headers.authorization === 'ODST token-1';
    response.writeHead(skewed ? 401 : 204, skewed ? { 'odst-time': 'signed time' } : {}).end();
  };
  await servers.hint(peerIss, never);
  expect(seen).toEqual(['ODST token-1', 'ODST token-2']);
  expect(reported).toEqual([{ peerIss, signedTime: 'signed time', authorization: 'ODST token-1' }]);
});

test('where clocks differ, learns the peer’s time and asks once more with a new signature', async () => {
  answer = (incoming, response) => {
    if (incoming.headers.authorization === 'ODST token-2') return json(page)(incoming, response);
    response.writeHead(401, { 'odst-time': 'signed time' }).end();
  };
  expect((await servers.readChanges(request, never)).records).toEqual([record]);
  expect(reported).toEqual([{ peerIss, signedTime: 'signed time', authorization: 'ODST token-1' }]);
});

test('asks no third time when the clocks still differ', async () => {
  answer = (_incoming, response) => void response.writeHead(401, { 'odst-time': 'signed time' }).end();
  await expect(servers.readChanges(request, never)).rejects.toEqual(failure('answered 401'));
  expect(signed.length).toBe(2);
});

test('a time that the peer did not sign is the peer’s fault', async () => {
  answer = (_incoming, response) => void response.writeHead(401, { 'odst-time': 'forged' }).end();
  await expect(servers.readChanges(request, never)).rejects.toEqual(failure('not to be trusted'));
});

test('tells the reason of a refusal, without control characters and not at length', async () => {
  answer = (_incoming, response) => {
    const detail = `line\nbreak ${'x'.repeat(10_000)}`;
    const body = JSON.stringify({ code: 'REGISTRATION_SIGNATURE_INVALID', detail });
    response.writeHead(401, { 'content-type': 'application/problem+json' }).end(body);
  };
  const error = await servers.readChanges(request, never).catch((refusal: unknown) => refusal);
  expect(error).toEqual(failure('answered 401 (REGISTRATION_SIGNATURE_INVALID: line break x'));
  expect((error as Error).message.length).toBeLessThan(400);
});

test('is given a page of 16 MiB and no more', async () => {
  answer = (_incoming, response) => {
    const more = () => {
      while (response.write(Buffer.alloc(1_048_576, ' '))) if (response.destroyed) return;
      response.once('drain', more);
    };
    more();
  };
  await expect(servers.readChanges(request, never)).rejects.toEqual(failure('more than 16777216 bytes'));
});

test('a server that is not there is told so', async () => {
  baseUrl = `http://127.0.0.1:${await freePort()}`;
  await expect(servers.readChanges(request, never)).rejects.toEqual(failure('ECONNREFUSED'));
});

test('a kept connection that the peer closed meanwhile is no failure', async () => {
  answer = json(page);
  await servers.readChanges(request, never);
  answer = (incoming, response) => {
    if (incoming.headers.authorization === 'ODST token-2') incoming.socket.destroy();
    else json(page)(incoming, response);
  };
  expect((await servers.readChanges(request, never)).records).toEqual([record]);
  expect(signed.length).toBe(3);
});

test.each([
  ['no JSON', '<html>'],
  ['no object', 'null'],
  ['no items', JSON.stringify({ ...page, items: undefined })],
  ['more items than asked for', JSON.stringify({ ...page, items: Array.from({ length: 11 }, () => page.items[0]) })],
  ['no cursor', JSON.stringify({ ...page, next: 7 })],
  ['a cursor with a line break', JSON.stringify({ ...page, next: 'a\nb' })],
  ['a long cursor', JSON.stringify({ ...page, next: 'x'.repeat(2_001) })],
  ['an `epoch` that is none', JSON.stringify({ ...page, epoch: 'x' })],
  ['a `restored` that is no boolean', JSON.stringify({ ...page, restored: 1 })],
  ['`holdings` that are no list', JSON.stringify({ ...page, holdings: {} })],
  ['`writers` that are no list', JSON.stringify({ ...page, writers: 'x' })],
  ['endless `writers`', JSON.stringify({ ...page, writers: Array.from({ length: 1_011 }, () => 7) })],
  ['`heartbeats` that are no list', JSON.stringify({ ...page, heartbeats: 7 })],
  ['`retirements` that are no list', JSON.stringify({ ...page, retirements: 'x' })],
  ['a `left` that is no count', JSON.stringify({ ...page, left: -1 })],
  ['a `left` beyond any feed', JSON.stringify({ ...page, left: 1e15 })],
  ['`profiles` that are no list', JSON.stringify({ ...page, profiles: {} })],
  ['a `more` that is no boolean', JSON.stringify({ ...page, more: 'yes' })],
  ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
])('an answer with %s counts as a failure of the peer', async (_name, body) => {
  answer = (_incoming, response) => void response.end(body);
  await expect(servers.readChanges(request, never)).rejects.toEqual(failure('the peer answered with'));
});

test('leaves out what cannot be read, names the package where it can, and keeps the others', async () => {
  const good = PackageRecord.toJSON(record) as { bodies: { sets: { content: object }[] }[]; changes: object[] };
  const withContent = (more: object) => {
    const [body] = good.bodies;
    const sets = body?.sets.map((setting) => ({ ...setting, content: { ...setting.content, ...more } }));
    return { ...good, bodies: [{ ...body, sets }] };
  };
  const nameless = [7, null, {}, { ...good, uuid: '../../etc' }];
  const broken = [
    withContent({ sizeBytes: 'many' }),
    withContent({ sizeBytes: '99999999999999999999999999' }),
    { ...good, changes: [{ ...good.changes[0], datedAt: 'yesterday' }] },
  ];
  answer = json({ ...page, items: [...nameless, ...broken, good] });
  const read = await servers.readChanges(request, never);
  expect(read.records).toEqual([record]);
  expect(read.malformed.map(({ uuid }) => uuid)).toEqual([...nameless.map(() => ''), ...broken.map(() => record.uuid)]);
});

test('leaves to catalog what the changes of a record say', async () => {
  const odd = { ...record, bodies: [], changes: [] };
  answer = json({ ...page, items: [PackageRecord.toJSON(odd)] });
  expect((await servers.readChanges(request, never)).records).toEqual([odd]);
});

test.each([
  [
    301,
    { location: 'https://ods.example/api/ods/v1/changes?after=x' },
    'redirects to https://ods.example: register that URL, which must be its own URL',
  ],
  [
    302,
    { location: 'https://sso.example/login?state=planted' },
    'redirects to https://sso.example/login: what answers there is a login',
  ],
  [200, { 'content-type': 'text/html' }, 'answered 200 (text/html), as no Open Distribution Server does'],
  [502, { 'content-type': 'text/html' }, 'the server behind it does not'],
])('tells of a peer that moved behind something that answers %i', async (status, headers, words) => {
  answer = (_request, response) => void response.writeHead(status, headers).end('<html></html>');
  await expect(servers.readChanges(request, never)).rejects.toThrow(failure(words));
  expect(signed.length).toBe(1);
});

const entry = (byte: string) => ({ uuid: byte.repeat(16), digest: hash('sha256', byte) });
const entries = (...bytes: string[]) => Buffer.from(entriesOf(bytes.map(entry))).toString('base64');

test('asks what comparisons ask, and reads what comes', async () => {
  const asked: unknown[] = [];
  const say = (body: unknown) => {
    answer = (incoming, response) => {
      void incoming.toArray().then((parts) => {
        asked.push(JSON.parse(Buffer.concat(parts).toString()));
        json(body)(incoming, response);
      });
    };
  };
  say({ differing: [7, 3, 3], packages: 1204 });
  const ranges = new Uint8Array(8_192).fill(7);
  expect(await servers.compareRanges(peerIss, ranges, never)).toEqual({ differing: [3, 7], packages: 1204 });
  say({ entries: entries('03', '07'), next: '07'.repeat(16) });
  const page = { digests: [entry('03'), entry('07')], next: '07'.repeat(16) };
  expect(await servers.listDigests(peerIss, { ranges: [3, 7], after: '' }, never)).toEqual(page);
  say({ items: [PackageRecord.toJSON(record), 7], profiles: [SignedProfile.toJSON(profile)], taken: 2 });
  expect(await servers.readRecords(peerIss, [record.uuid, 'f'.repeat(32)], never)).toEqual({
    ...{ records: [record], profiles: [profile], taken: 2 },
    malformed: [{ uuid: '', reason: 'the record names no package' }],
  });
  say({});
  await servers.askToCompare(peerIss, never);
  expect(asked).toEqual([
    { ranges: Buffer.from(ranges).toString('base64') },
    { list: [3, 7], after: '' },
    { uuids: [record.uuid, 'f'.repeat(32)] },
    { compare: true },
  ]);
  expect(new Set(signed.map(({ method, target }) => `${method} ${target}`))).toEqual(new Set(['POST /api/ods/v1/digests']));
});

test.each([[{}], [{ differing: [256], packages: 1 }], [{ differing: ['3'], packages: 1 }], [{ differing: [], packages: -1 }]])(
  'an answer to ranges that is none is the peer’s failure: %j',
  async (body) => {
    answer = json(body);
    await expect(servers.compareRanges(peerIss, new Uint8Array(8_192), never)).rejects.toMatchObject({
      code: 'SYNC_PEER_FAILED',
    });
  },
);

test.each([
  [{}],
  [{ entries: 'AAAA', next: '' }],
  [{ entries: entries('07', '03'), next: '' }],
  [{ entries: entries('03', '03'), next: '' }],
  [{ entries: entries('03'), next: 'x' }],
])('a list of digests that is none is the peer’s failure: %j', async (body) => {
  answer = json(body);
  const failure = { code: 'SYNC_PEER_FAILED' };
  await expect(servers.listDigests(peerIss, { ranges: [3], after: '' }, never)).rejects.toMatchObject(failure);
});

test.each([
  [{}],
  [{ items: [], profiles: [], taken: 0 }],
  [{ items: [], profiles: [], taken: 2 }],
  [{ items: [{}, {}], profiles: [], taken: 1 }],
])('an answer with records that is none is the peer’s failure: %j', async (body) => {
  answer = json(body);
  await expect(servers.readRecords(peerIss, [record.uuid], never)).rejects.toMatchObject({ code: 'SYNC_PEER_FAILED' });
});
