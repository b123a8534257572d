import { openAsBlob } from 'node:fs';
import { join } from 'node:path';
import { eventually, freePort, temporaryDirectory } from '@odst/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installerFile } from '../support/installer-file.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

type Entry = {
  readonly kind: string;
  readonly at: string;
  readonly actor: string | null;
  readonly what: string;
  readonly remoteAddress: string | null;
  readonly code: string | null;
  readonly count: number;
  readonly eventId: string | null;
};

const stack = new AsyncDisposableStack();
let folder: string;
let server: ServerProcess;

beforeAll(async () => {
  folder = stack.use(await temporaryDirectory()).path;
  const env = { ODST_ADMIN_PASSWORD: 'a password of its own' };
  server = stack.use(await startServerProcess({ dataDir: join(folder, 'data'), port: await freePort(), env }));
});
afterAll(() => stack.disposeAsync());

const send = (path: string, init: RequestInit = {}) => server.admin.send(`/api/v1/${path}`, init);
const post = (path: string, body: unknown) =>
  send(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
const read = async (query = '') => (await (await send(`audit?${query}`)).json()) as { items: Entry[]; next: string | null };

test('an admin reads who did what from where, what was refused, and in pages', async () => {
  const issued = await post('tokens', { name: 'ci', role: 'uploader', stages: ['Dev'] });
  const { token } = (await issued.json()) as { token: string };
  const headers = { authorization: `Bearer ${token}` };
  const upload = async (stage: string) => {
    const form = new FormData();
    form.set('stage', stage);
    form.set('file', await openAsBlob((await installerFile(join(folder, stage), 10_240, stage)).path), 'audited.pkg');
    return (await fetch(`${server.url}/api/admin/upload`, { method: 'POST', headers, body: form })).status;
  };
  expect([await upload('Dev'), await upload('Prod')]).toEqual([201, 403]);
  for (let guess = 0; guess < 3; guess += 1) {
    const wrong = { authorization: `Basic ${Buffer.from(`nobody-here:guess ${guess}`).toString('base64')}` };
    expect((await fetch(`${server.url}/api/admin/about`, { headers: wrong })).status).toBe(401);
  }
  const forged = { cookie: 'odst-session=x', 'sec-fetch-site': 'cross-site' };
  expect((await fetch(`${server.url}/api/v1/settings/key/rotate`, { method: 'POST', headers: forged })).status).toBe(403);

  const expected = [
    { kind: 'act', what: 'ApiTokenIssued', actor: 'account:admin', remoteAddress: '127.0.0.1' },
    { kind: 'act', what: 'PackageUploaded', actor: 'token:admin/ci', remoteAddress: '127.0.0.1' },
    { kind: 'refusal', what: 'packages:upload', actor: 'token:admin/ci', code: 'COMMON_ACCESS_DENIED' },
    { kind: 'refusal', what: 'about:read', actor: null, code: 'REGISTRATION_CREDENTIALS_INVALID', remoteAddress: '127.0.0.1' },
    { kind: 'refusal', what: 'about:rotate-key', actor: null, code: 'COMMON_ORIGIN_REFUSED' },
  ];
  await eventually(async () => {
    const { items } = await read();
    return expected.every((entry) =>
      items.some((item) => Object.entries(entry).every(([name, value]) => item[name as keyof Entry] === value)),
    );
  }, 20_000);
  const { items, next } = await read();
  expect(next).toBeNull();
  const acts = items.flatMap(({ eventId }) => eventId ?? []);
  const feed = (await (await send('events?limit=1000')).json()) as { items: { id: string }[] };
  expect(acts).toEqual(feed.items.flatMap(({ id }) => (acts.includes(id) ? id : [])).toReversed());
  const guesses = items.filter(({ code }) => code === 'REGISTRATION_CREDENTIALS_INVALID');
  expect(guesses.reduce((sum, { count }) => sum + count, 0)).toBe(3);
  expect(JSON.stringify(items)).not.toMatch(/nobody-here|guess \d/);

  const paged: Entry[] = [];
  for (let after: string | null = ''; after !== null; ) {
    const page = await read(`limit=2${after === '' ? '' : `&after=${after}`}`);
    expect(page.items.length).toBeLessThanOrEqual(2);
    paged.push(...page.items);
    after = page.next;
  }
  expect(paged).toEqual(items);
  const byToken = (await read('actor=token:admin/ci')).items;
  expect(byToken).toEqual(items.filter(({ actor }) => actor === 'token:admin/ci'));
  expect(new Set(byToken.map(({ kind }) => kind))).toEqual(new Set(['act', 'refusal']));
  expect((await read('q=origin_refused')).items).toMatchObject([{ code: 'COMMON_ORIGIN_REFUSED' }]);
  expect((await fetch(`${server.url}/api/v1/audit`, { headers })).status).toBe(403);
  expect((await send('audit?q=%00')).status).toBe(422);
});
