import { describe, expect, test } from 'vitest';
import { testApp } from '../test-app.ts';
import { feed, iss, played } from './played-services.ts';

describe.each([
  ['/api/v1/peers', 'q=BERLIN&state=unknown', ['q=paris', 'state=online']],
  ['/api/v1/servers', 'q=paris&relation=introduced', ['q=berlin', 'relation=peer']],
  ['/api/v1/accounts', 'q=E&role=uploader', ['q=tom', 'role=admin']],
  ['/api/v1/tokens', 'q=CI&username=eva', ['q=jamf', 'username=tom']],
  ['/api/v1/sessions', 'username=admin', ['username=eva']],
])('GET %s', (url, finds, misses) => {
  test('gives what was asked for', async () => {
    const app = await testApp(played);
    const found = await app.inject(`${url}?${finds}&limit=1`);
    expect([found.statusCode, found.json().items.length, found.json().next]).toEqual([200, 1, null]);
    for (const query of misses) expect((await app.inject(`${url}?${query}`)).json()).toEqual({ items: [], next: null });
  });

  test.each(['after=x', 'after=bnVsbA', 'limit=0', 'limit=1001', 'sort=name'])('refuses %s', async (query) => {
    const { statusCode, json } = await (await testApp(played)).inject(`${url}?${query}`);
    expect([statusCode, json().code]).toEqual([422, 'COMMON_REQUEST_INVALID']);
  });
});

test('servers come page by page, this one first', async () => {
  const { servers } = await played.server.listServers();
  const [one] = servers;
  if (one === undefined) throw new Error('no server is played');
  const named = (name: string, relation: string, hex: string) => ({
    ...{ ...one, relation },
    profile: { ...one.profile, name, iss: hex.repeat(32) },
  });
  const known = [named('Bonn', 'peer', 'b'), named('Zürich', 'self', 'f'), named('Aachen', 'peer', 'a')];
  const app = await testApp({ ...played, server: { ...played.server, listServers: async () => ({ servers: known }) } });
  const names: string[] = [];
  for (let after = ''; ; ) {
    const { items, next } = (await app.inject(`/api/v1/servers?limit=1${after}`)).json();
    names.push(...items.map(({ name }: { name: string }) => name));
    if (next === null) break;
    after = `&after=${next}`;
  }
  expect(names).toEqual(['Zürich', 'Aachen', 'Bonn']);
});

test('the history of a package keeps its pages while it grows', async () => {
  const entry = (eventId: string) => ({
    ...{ eventId, type: 'PackageWanted', recordedAt: new Date(0), actor: 'service', changedBy: '', data: '{}' },
  });
  let ids = ['3', '2', '1'];
  const listHistory = async () => ({ entries: ids.map(entry) });
  const app = await testApp({ ...played, packages: { ...played.packages, listHistory } });
  const page = async (query: string) => (await app.inject(`/api/v1/packages/7/history?limit=2${query}`)).json();
  const first = await page('');
  expect(first.items.map(({ id }: { id: string }) => id)).toEqual(['3', '2']);
  ids = ['5', '4', ...ids];
  const second = await page(`&after=${first.next}`);
  expect([second.items.map(({ id }: { id: string }) => id), second.next]).toEqual([['1'], null]);
});

test('packages are counted, given from any row on, and narrowed to those that a server lacks, where that is asked for', async () => {
  const asked: unknown[] = [];
  const listPackages: typeof played.packages.listPackages = async (request) => {
    asked.push([request.only?.ids, request.countAll, request.skip]);
    return { ...(await played.packages.listPackages(request)), next: '', total: request.countAll === true ? 41 : undefined };
  };
  const app = await testApp({ ...played, packages: { ...played.packages, listPackages } });
  expect((await app.inject('/api/v1/packages')).json().total).toBeNull();
  expect(asked).toEqual([[undefined, undefined, undefined]]);
  expect((await app.inject('/api/v1/packages?behind=true&total=true&offset=300')).json().total).toBe(41);
  expect(asked.at(-1)).toEqual([[7], true, 300]);
});

test('activity names the package and the server that an event is about', async () => {
  const app = await testApp(played, { feed });
  const { items, next } = (await app.inject('/api/v1/activity')).json();
  expect([items, next]).toMatchObject([
    [
      {
        kind: 'packages',
        type: 'PackageUploaded',
        actor: 'account:admin',
        package: { id: null, filename: 'NoMAD.pkg' },
        server: null,
      },
    ],
    '7',
  ]);
});

test('activity is narrowed to a package by its id or name, which has to be one', async () => {
  const asked: unknown[] = [];
  const readActivity: typeof feed.readActivity = async ({ names, ...query }) => {
    asked.push([query, names.length > 10]);
    return { items: [], next: 0n };
  };
  const app = await testApp(played, { feed: { ...feed, readActivity } });
  const url = `/api/v1/activity?package=NoMAD.pkg&server=${iss}&actor=machine&after=70&limit=3`;
  expect((await app.inject(url)).json()).toEqual({ items: [], next: null });
  const subject = 'package-0123456789abcdef0123456789abcdef';
  expect(asked).toEqual([[{ before: 70n, limit: 3, subject, actor: 'machine', text: iss }, true]]);
  for (const wrong of ['after=0', 'after=x', 'kind=Packages', 'server=x']) {
    expect((await app.inject(`/api/v1/activity?${wrong}`)).statusCode).toBe(422);
  }
});

test.each([
  ['done', [true, false]],
  ['refused', [false, true]],
])('the audit of what was %s asks for nothing else', async (outcome, expected) => {
  const asked = [false, false];
  const readActs: typeof feed.readActs = async () => {
    asked[0] = true;
    return { items: [], next: 0n };
  };
  const listRefusals = async () => {
    asked[1] = true;
    return { refusals: [] };
  };
  const app = await testApp({ ...played, access: { ...played.access, listRefusals } }, { feed: { ...feed, readActs } });
  expect((await app.inject(`/api/v1/audit?outcome=${outcome}`)).json()).toEqual({ items: [], next: null });
  expect(asked).toEqual(expected);
  expect((await app.inject('/api/v1/audit?since=yesterday')).statusCode).toBe(422);
});

test('the audit has one order, however long its pages are', async () => {
  const [first] = (await feed.readActs({ before: 1n, limit: 1, actor: '', text: '', names: [] })).items;
  if (first === undefined) throw new Error('the feed that is played has no event');
  // The catalog published the first one late.
  const acts = [
    { ...first, id: 'published late', time: '2026-01-01T00:00:01.000Z', feedsequence: '00000000000000000003' },
    { ...first, id: 'newest', time: '2026-01-01T00:00:03.000Z', feedsequence: '00000000000000000002' },
    { ...first, id: 'oldest', time: '2026-01-01T00:00:00.000Z', feedsequence: '00000000000000000001' },
  ];
  const { refusals: refused } = await played.access.listRefusals();
  const refusals = refused.map((refusal) => ({ ...refusal, firstAt: new Date('2026-01-01T00:00:02.000Z') }));
  const readActs: typeof feed.readActs = async ({ before, limit }) => {
    const items = acts.filter(({ feedsequence }) => BigInt(feedsequence) < before).slice(0, limit);
    return { items, next: items.length === limit ? BigInt(items.at(-1)?.feedsequence ?? 0) : 0n };
  };
  const listRefusals = async ({ beforeId = 0n }) => ({ refusals: refusals.filter(({ id }) => id < beforeId) });
  const app = await testApp({ ...played, access: { ...played.access, listRefusals } }, { feed: { ...feed, readActs } });
  const read = async (limit: number) => {
    const items: { eventId: string | null }[] = [];
    for (let after = ''; after !== 'end'; ) {
      const page = (await app.inject(`/api/v1/audit?limit=${limit}${after}`)).json();
      items.push(...page.items);
      after = page.next === null ? 'end' : `&after=${page.next}`;
    }
    return items.map(({ eventId }) => eventId ?? 'refusal');
  };
  expect(await read(10)).toEqual(['refusal', 'published late', 'newest', 'oldest']);
  for (const limit of [1, 2, 3]) expect(await read(limit)).toEqual(await read(10));
});
