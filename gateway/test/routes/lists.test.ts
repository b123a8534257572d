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
