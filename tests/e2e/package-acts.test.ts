import { join } from 'node:path';
import { eventually, freePort, temporaryDirectory } from '@odst/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256Of } from '../support/digest.ts';
import { type InstallerFile, installerFile } from '../support/installer-file.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

type Stage = 'Dev' | 'Test' | 'Prod';
type Content = { readonly sha256: string };
type Head = Content & { readonly act: string; readonly status: string; readonly conflict: boolean };
type Package = Content & {
  readonly id: number;
  readonly filename: string;
  readonly version: number;
  readonly heads: Readonly<Record<Stage, Head | null>>;
  readonly serves: Stage | null;
  readonly status: string;
  readonly stage: Stage | null;
  readonly trash: number;
};
type Effects = {
  readonly effects: readonly { readonly stage: Stage; readonly before: Content | null; readonly after: Content | null }[];
  readonly former: Content | null;
};

const stages = ['Dev', 'Test', 'Prod'] as const;
const stack = new AsyncDisposableStack();
let server: ServerProcess;
let folder: string;
const files = new Map<string, InstallerFile>();

beforeAll(async () => {
  folder = stack.use(await temporaryDirectory()).path;
  for (const [index, name] of ['x', 'y', 'z'].entries()) {
    files.set(name, await installerFile(join(folder, name), 10_000 + index, `package acts ${name}`));
  }
  const options = { dataDir: join(folder, 'data'), port: await freePort(), env: { ODST_STAGE: 'Dev' } };
  server = stack.use(await startServerProcess(options));
});
afterAll(() => stack.disposeAsync());

const sha = (name: string) => files.get(name)?.sha256 ?? '';
/** Which of the files a content is. */
const nameOf = (content: Content | null | undefined) =>
  content === null || content === undefined ? '-' : ([...files].find(([, { sha256 }]) => sha256 === content.sha256)?.[0] ?? '?');

async function upload(filename: string, name: string, stage: Stage, replace = false): Promise<Package> {
  const answer = await server.admin.upload(files.get(name)?.path ?? '', filename, stage, { replace });
  expect([answer.status, await answer.text()]).toMatchObject([201, expect.any(String)]);
  return await read(filename);
}

const read = async (reference: string | number) =>
  (await (await server.admin.send(`/api/v1/packages/${encodeURIComponent(reference)}`)).json()) as Package;

async function send(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  const answer = await server.admin.send(`/api/v1/${path}`, { method, ...init, headers: { ...type, ...headers } });
  const text = await answer.text();
  return {
    status: answer.status,
    body: (text === '' ? undefined : JSON.parse(text)) as unknown,
    etag: answer.headers.get('etag'),
  };
}

/** Does an act that is to succeed. */
async function act(method: string, path: string, body?: object): Promise<Package> {
  const answer = await send(method, path, body);
  expect(answer).toMatchObject({ status: 200 });
  const now = answer.body as Package;
  expect(answer.etag).toBe(`"${now.version}"`);
  expect(await read(now.id)).toEqual(now);
  return now;
}

const heads = (shown: Package) => stages.map((stage) => nameOf(shown.heads[stage])).join(' ');
const sites = ({ effects }: Effects) =>
  effects.map(({ stage, before, after }) => `${stage}: ${nameOf(before)} → ${nameOf(after)}`).join(', ');
async function dryRun(method: string, path: string, body?: object): Promise<Effects> {
  const answer = await send(method, `${path}${path.includes('?') ? '&' : '?'}dryRun=true`, body);
  expect(answer).toMatchObject({ status: 200 });
  return answer.body as Effects;
}
const download = async (filename: string) => {
  const answer = await server.admin.download(filename);
  return answer.ok ? nameOf({ sha256: await sha256Of(answer) }) : String(answer.status);
};

describe('a package on one server', () => {
  test('is replaced in Dev while Prod has the old content, and promoted', async () => {
    const { id } = await upload('x.pkg', 'x', 'Prod');
    const tried = await upload('x.pkg', 'y', 'Dev', true);
    expect([tried.id, heads(tried), tried.serves, tried.stage, nameOf(tried)]).toEqual([id, 'y - x', 'Dev', 'Dev', 'y']);
    expect(await download('x.pkg')).toBe('y');
    expect((await server.admin.package('x.pkg')).sha256).toBe(sha('y'));
    const told = await dryRun('POST', `packages/${id}/promote`, { to: 'Prod' });
    expect(sites(told)).toBe('Dev: y → y, Test: x → y, Prod: x → y');
    expect(await read(id)).toEqual(tried);
    const promoted = await act('POST', `packages/${id}/promote`, { to: 'Prod', sha256: sha('y'), reason: 'tried' });
    expect([heads(promoted), promoted.serves, promoted.heads.Prod?.act]).toEqual(['- - y', 'Prod', 'promote']);
    expect(await download('x.pkg')).toBe('y');
  });

  test('keeps the content of Test where that of Dev is promoted to Prod', async () => {
    const { id } = await upload('kept.pkg', 'x', 'Dev');
    await upload('kept.pkg', 'y', 'Test', true);
    const ambiguous = await send('POST', `packages/${id}/promote`, { to: 'Prod' });
    expect(ambiguous).toMatchObject({ status: 409, body: { code: 'CATALOG_SOURCE_AMBIGUOUS' } });
    const told = await dryRun('POST', `packages/${id}/promote`, { from: 'Dev', to: 'Prod' });
    expect(sites(told)).toBe('Dev: x → x, Test: y → y, Prod: - → x');
    const promoted = await act('POST', `packages/${id}/promote`, { from: 'Dev', to: 'Prod' });
    // Were Dev emptied, its sites would fall to y.
    expect(heads(promoted)).toBe('x y x');
    expect(await download('kept.pkg')).toBe('x');
  });

  test('is demoted: what Prod sites are left with is told before, and what they had', async () => {
    const { id } = await upload('down.pkg', 'x', 'Prod');
    await upload('down.pkg', 'y', 'Prod', true);
    const told = await dryRun('POST', `packages/${id}/demote`, { to: 'Dev' });
    expect([sites(told), nameOf(told.former)]).toEqual(['Dev: y → y, Test: y → -, Prod: y → -', 'x']);
    const demoted = await act('POST', `packages/${id}/demote`, { from: 'Prod', to: 'Dev' });
    expect(heads(demoted)).toBe('y - -');
    const given = await act('POST', `packages/${id}/restore`, { stage: 'Prod', sha256: sha('x') });
    expect(heads(given)).toBe('y - x');
    const strange = await send('POST', `packages/${id}/demote`, { from: 'Dev', to: 'Prod' });
    expect(strange).toMatchObject({ status: 422, body: { code: 'CATALOG_STAGE_ORDER' } });
  });

  test('is rolled back and forth', async () => {
    const { id } = await upload('back.pkg', 'x', 'Prod');
    expect(await send('POST', `packages/${id}/rollback`, { stage: 'Prod' })).toMatchObject({
      status: 404,
      body: { code: 'CATALOG_REVISION_UNKNOWN' },
    });
    await upload('back.pkg', 'y', 'Prod', true);
    expect(sites(await dryRun('POST', `packages/${id}/rollback`, { stage: 'Prod' }))).toBe(
      'Dev: y → x, Test: y → x, Prod: y → x',
    );
    expect(heads(await act('POST', `packages/${id}/rollback`, { stage: 'Prod' }))).toBe('- - x');
    await eventually(async () => (await download('back.pkg')) === 'x', 60_000);
    expect(heads(await act('POST', `packages/${id}/rollback`, { stage: 'Prod' }))).toBe('- - y');
  });

  test('is deleted in one stage, in all, and restored as it was', async () => {
    const { id } = await upload('gone.pkg', 'x', 'Prod');
    await upload('gone.pkg', 'y', 'Dev', true);
    expect(sites(await dryRun('DELETE', `packages/${id}?stage=Dev`))).toBe('Dev: y → x, Test: x → x, Prod: x → x');
    expect(await send('DELETE', `packages/${id}?stage=Dev`)).toEqual({ status: 204, body: undefined, etag: null });
    expect([heads(await read(id)), await download('gone.pkg')]).toEqual(['- - x', 'x']);
    expect(await send('DELETE', `packages/${id}?stage=Dev`)).toMatchObject({ status: 409, body: { code: 'CATALOG_HEAD_EMPTY' } });
    expect(heads(await act('POST', `packages/${id}/restore`, {}))).toBe('y - x');

    expect(sites(await dryRun('DELETE', `packages/${id}`))).toBe('Dev: y → -, Test: x → -, Prod: x → -');
    expect(await send('DELETE', `packages/${id}`)).toMatchObject({ status: 204 });
    const deleted = await read(id);
    expect(deleted).toMatchObject({ status: 'Deleted', stage: null, serves: null, sha256: null, trash: 2 });
    expect(await download('gone.pkg')).toBe('404');
    const listed = async (query: string) => {
      const { body } = await send('GET', `packages?${query}`);
      return (body as { items: Package[] }).items.map(({ filename }) => filename);
    };
    expect(await listed('')).not.toContain('gone.pkg');
    expect(await listed('deleted=true')).toContain('gone.pkg');
    expect(await listed('trash=true&q=GONE')).toEqual(['gone.pkg']);
    expect((await server.admin.send('/api/admin/packages/gone.pkg')).status).toBe(404);
    expect(await send('DELETE', `packages/${id}`)).toMatchObject({ status: 404 });
    expect(heads(await act('POST', `packages/${id}/restore`, {}))).toBe('y - x');
    expect(await download('gone.pkg')).toBe('y');
  });

  test('is moved by PATCH, and changed only at the version and content that were seen', async () => {
    const { id } = await upload('seen.pkg', 'x', 'Dev');
    const moved = await act('PATCH', `packages/${id}`, { stage: 'Prod' });
    expect(heads(moved)).toBe('- - x');
    const stale = await send('POST', `packages/${id}/demote`, { to: 'Test' }, { 'if-match': '"1"' });
    expect(stale).toMatchObject({ status: 412, body: { code: 'COMMON_PRECONDITION_FAILED' } });
    const other = await send('DELETE', `packages/${id}?sha256=${sha('y')}`);
    expect(other).toMatchObject({ status: 409, body: { code: 'CATALOG_CONTENT_CHANGED' } });
    const right = await send('POST', `packages/${id}/demote`, { to: 'Test' }, { 'if-match': `"${(await read(id)).version}"` });
    expect(right.status).toBe(200);
    expect(heads(await read(id))).toBe('- x -');
  });

  test('tells its revisions and its history', async () => {
    const { id } = await upload('told.pkg', 'x', 'Prod');
    await upload('told.pkg', 'y', 'Prod', true);
    const { body: revisions } = await send('GET', `packages/${id}/revisions`);
    expect(
      (revisions as { items: (Content & Record<string, unknown>)[] }).items.map((one) => [nameOf(one), one['stands']]),
    ).toEqual([
      ['y', true],
      ['x', false],
    ]);
    const { body: history } = await send('GET', `packages/${id}/history`);
    const { items } = history as { items: { type: string; actor: string }[] };
    expect(items.filter(({ type }) => type === 'PackageUploaded').map(({ actor }) => actor)).toEqual([
      'account:admin',
      'account:admin',
    ]);
  });
});

test('many packages are changed at once, each by itself', async () => {
  const ids: number[] = [];
  for (const name of ['a', 'b']) ids.push((await upload(`bulk-${name}.pkg`, 'z', 'Dev')).id);
  const bulk = async (body: object, query = '') => {
    const answer = await send('POST', `packages/bulk${query}`, body);
    expect(answer.status).toBe(200);
    return (
      answer.body as {
        items: { id: number; status: number; code: string | null; package: Package | null; dryRun: Effects | null }[];
      }
    ).items;
  };
  const promotion = { act: 'promote', ids: [...ids, 999_999], to: 'Prod' };
  const told = await bulk(promotion, '?dryRun=true');
  expect(told.map(({ dryRun: one }) => one && sites(one))).toEqual([
    'Dev: z → z, Test: - → z, Prod: - → z',
    'Dev: z → z, Test: - → z, Prod: - → z',
    null,
  ]);
  const done = await bulk(promotion);
  expect(done.map(({ status, code }) => [status, code])).toEqual([
    [200, null],
    [200, null],
    [404, 'CATALOG_PACKAGE_UNKNOWN'],
  ]);
  expect(done.slice(0, 2).map((one) => one.package && heads(one.package))).toEqual(['- - z', '- - z']);
});

test('lists go on from a cursor, in each order, and have all packages once', async () => {
  const all = (await server.admin.packages()).map(({ id }) => id);
  expect(all).toEqual(all.toSorted((one, other) => one - other));
  for (const sort of ['id', 'name', 'changed']) {
    const seen: number[] = [];
    let after = '';
    do {
      const { status, body } = await send('GET', `packages?limit=2&sort=${sort}${after}`);
      expect(status).toBe(200);
      const { items, next } = body as { items: Package[]; next: string | null };
      seen.push(...items.map(({ id }) => id));
      after = next === null ? '' : `&after=${encodeURIComponent(next)}`;
    } while (after !== '');
    expect([sort, seen.toSorted((one, other) => one - other)]).toEqual([sort, all]);
  }
  expect((await send('GET', 'packages?after=nonsense')).status).toBe(422);
  expect(await send('GET', 'conflicts')).toMatchObject({ status: 200, body: { items: [], next: null } });
});
