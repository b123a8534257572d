import type { ChangePackageRequest, Contender, ListPackagesRequest, Package } from '@odst/contracts/catalog';
import { SignedProfile } from '@odst/contracts/registration';
import { OdstError } from '@odst/kernel';
import { describe, expect, test } from 'vitest';
import { content, head, nomad, testApp } from '../test-app.ts';

const at = '2017-11-11T03:15:54.900Z';
const nomadContent = { sha256: 'b'.repeat(64), sha1: 'a'.repeat(40), sizeBytes: 3_460_301 };
const headRow = {
  ...nomadContent,
  ...{ changedAt: at, changedBy: 'd'.repeat(32), changedByName: 'Berlin', actor: 'account:admin', act: 'upload' },
  ...{ status: 'Public', conflict: false, coverage: null },
};
const nomadRow = {
  ...{ id: 7, uuid: '0123456789abcdef0123456789abcdef', filename: 'NoMAD.pkg', version: 3, createdAt: at },
  heads: { Dev: null, Test: headRow, Prod: null },
  ...{ serves: 'Test', status: 'Public', stage: 'Test', ...nomadContent, awaitsConfirmation: false, trash: 0 },
  ...{ leaving: [], letGo: [] },
};

const profile = (iss: string, name: string) => ({
  profile: SignedProfile.fromPartial({ iss, name, stage: 'Prod' }),
  ...{ relation: 'introduced', introducedBy: '', since: undefined },
  ...{ retirement: undefined, retired: false, retiredByName: '' },
});
/** Knows the server where all was done. */
const server = { listServers: async () => ({ servers: [profile('d'.repeat(32), 'Berlin')] }) };

const rowOf = async (shown: Package) => {
  const app = await testApp({ packages: { getPackage: async () => ({ package: shown }) }, server });
  return (await app.inject('/api/v1/packages/7')).json();
};

describe('a package', () => {
  test('is read by its id or name, also when it is deleted', async () => {
    const asked: unknown[] = [];
    const getPackage = async (request: object) => {
      asked.push(request);
      return { package: nomad };
    };
    const app = await testApp({ packages: { getPackage }, server });
    const answer = await app.inject(`/api/v1/packages/${encodeURIComponent('Büro 1.pkg')}`);
    expect([answer.statusCode, answer.headers.etag, answer.json()]).toEqual([200, '"3"', nomadRow]);
    expect(asked).toEqual([{ reference: 'Büro 1.pkg', alsoDeleted: true }]);
  });

  test('has heads of its own in each stage, and the one that it is listed under', async () => {
    const lost = head('Dev', { content: undefined, status: '', contenders: [] });
    const other = content('e'.repeat(64));
    const heads = [lost, head('Test', { content: other, status: 'Withheld' }), head('Prod')];
    const shown = { ...nomad, heads, serves: '', status: 'Withheld', stage: 'Test', content: other };
    expect(await rowOf(shown)).toMatchObject({
      ...{ serves: null, status: 'Withheld', stage: 'Test', sha256: 'e'.repeat(64) },
      heads: {
        Dev: { sha256: null, sha1: null, sizeBytes: null, status: null },
        Test: { sha256: 'e'.repeat(64), status: 'Withheld' },
        Prod: headRow,
      },
    });
  });

  test('says what is to leave this server, and because of whom something was let go', async () => {
    const leaving = [{ content: content(), since: new Date(at) }];
    const letGo = [{ content: content('e'.repeat(64)), letGoAt: new Date(at), holderIss: 'd'.repeat(32), holderName: 'Lab' }];
    expect(await rowOf({ ...nomad, leaving, letGo })).toMatchObject({
      leaving: [{ ...nomadContent, since: at }],
      letGo: [{ sha256: 'e'.repeat(64), letGoAt: at, holder: { iss: 'd'.repeat(32), name: 'Lab' } }],
    });
  });

  test('that is deleted has no content', async () => {
    const trash = [{ content: content(), trashedAt: new Date(0) }];
    const none = { heads: [], serves: '', status: 'Deleted', stage: '', content: undefined };
    expect(await rowOf({ ...nomad, ...none, awaitsConfirmation: true, trash })).toEqual({
      ...nomadRow,
      heads: { Dev: null, Test: null, Prod: null },
      ...{ serves: null, status: 'Deleted', stage: null, sha256: null, sha1: null, sizeBytes: null },
      ...{ awaitsConfirmation: true, trash: 1 },
    });
  });
});

describe('the list of packages', () => {
  const all = { stage: '', status: '', query: '', sort: 'id', after: '', limit: 100 };
  const flags = { inConflict: false, inTrash: false, servedOnly: false, awaitingConfirmation: false };

  test.each([
    ['', {}],
    ['stage=Dev&status=Withheld&q=No&sort=name', { stage: 'Dev', status: 'Withheld', query: 'No', sort: 'name' }],
    ['deleted=true', { status: 'Deleted' }],
    ['deleted=false', {}],
    ['conflict=true', { inConflict: true }],
    ['trash=true&limit=1000&after=abc', { inTrash: true, limit: 1_000, after: 'abc' }],
  ])('passes ?%s on', async (query, expected) => {
    const asked: unknown[] = [];
    const listPackages = async (request: ListPackagesRequest) => {
      asked.push(request);
      return { packages: [nomad], next: 'def' };
    };
    const app = await testApp({ packages: { listPackages }, server });
    expect((await app.inject(`/api/v1/packages?${query}`)).json()).toEqual({ items: [nomadRow], next: 'def', total: null });
    expect(asked).toEqual([{ ...all, ...flags, ...expected }]);
  });

  test('tells of each head how many servers hold it, where that is asked for', async () => {
    const counted: unknown[] = [];
    const app = await testApp({
      packages: { listPackages: async () => ({ packages: [nomad], next: '' }) },
      coverage: {
        countCoverage: async ({ heads }) => {
          counted.push(...heads);
          return { heads: [{ held: 2, unknown: 1, of: 4, lackers: new Uint8Array(0) }], sites: [] };
        },
      },
      server,
    });
    const { items } = (await app.inject('/api/v1/packages?coverage=true')).json();
    expect(items).toEqual([
      { ...nomadRow, heads: { ...nomadRow.heads, Test: { ...headRow, coverage: { held: 2, unknown: 1, of: 4 } } } },
    ]);
    expect(counted).toEqual([{ stage: 'Test', sha256: nomadContent.sha256 }]);
  });

  test('ends with null', async () => {
    const app = await testApp({ packages: { listPackages: async () => ({ packages: [], next: '' }) } });
    expect((await app.inject('/api/v1/packages')).json()).toEqual({ items: [], next: null, total: null });
  });

  test.each([
    ['stage=dev', '/stage'],
    ['status=Gone', '/status'],
    ['status=Public&deleted=true', '/status'],
    ['q=', '/q'],
    ['sort=size', '/sort'],
    ['deleted=yes', '/deleted'],
    ['limit=0', '/limit'],
    ['limit=1001', '/limit'],
    ['search=a', '/search'],
  ])('refuses ?%s', async (query, pointer) => {
    const answer = await (await testApp({})).inject(`/api/v1/packages?${query}`);
    expect([answer.statusCode, answer.json()]).toMatchObject([422, { errors: [{ pointer }] }]);
  });
});

test('the revisions of a package tell what stands and what is in the trash', async () => {
  const act = { act: 'replace', actor: 'account:eva', changedBy: 'd'.repeat(32), changedAt: new Date(at) };
  const revisions = [
    { ...act, stage: 'Prod', content: content(), stands: true, isHere: true, trashedAt: undefined, reason: 'tried for a week' },
    { ...act, stage: 'Prod', content: content('e'.repeat(64)), stands: false, isHere: true, trashedAt: new Date(0), reason: '' },
  ];
  const app = await testApp({
    packages: { listRevisions: async ({ id }) => ({ revisions: id === 7 ? revisions : [] }) },
    server,
  });
  const told = { ...act, changedByName: 'Berlin', stage: 'Prod', ...nomadContent, changedAt: at, isHere: true };
  expect((await app.inject('/api/v1/packages/7/revisions')).json()).toEqual({
    items: [
      { ...told, stands: true, trashedAt: null, reason: 'tried for a week' },
      { ...told, sha256: 'e'.repeat(64), stands: false, trashedAt: '1970-01-01T00:00:00.000Z', reason: null },
    ],
    next: null,
  });
});

describe('two contents of a package are compared', () => {
  const megabyte = 1_048_576;
  const manifestOf = (...chunks: readonly number[]) => Buffer.concat(chunks.map((chunk) => Buffer.alloc(32, chunk)));
  const sized = (digit: string, sizeBytes: number) => ({ ...content(digit.repeat(64)), sizeBytes: BigInt(sizeBytes) });
  const act = { act: 'replace', actor: 'account:eva', changedBy: 'd'.repeat(32), changedAt: new Date(at), reason: '' };
  const revisionOf = (of: ReturnType<typeof sized>) => ({
    ...{ ...act, stage: 'Prod', content: of, stands: false, isHere: true, trashedAt: undefined },
  });
  const revisions = [revisionOf(sized('e', 3 * megabyte)), revisionOf(sized('f', 2 * megabyte + 7))];
  const manifests: Readonly<Record<string, Uint8Array>> = {
    ['e'.repeat(64)]: manifestOf(1, 2, 3),
    ['f'.repeat(64)]: manifestOf(2, 9, 3),
  };
  const appWith = (getManifest: (request: { sha256: string }) => Promise<{ manifest: Uint8Array; chunkSha1s: Uint8Array }>) =>
    testApp({ packages: { listRevisions: async () => ({ revisions }) }, blobs: { getManifest }, server });
  const url = (from: string, to: string) => `/api/v1/packages/7/compare?from=${from.repeat(64)}&to=${to.repeat(64)}`;

  test('by the chunks of the same bytes, wherever they are', async () => {
    const app = await appWith(async ({ sha256 }) => ({
      manifest: manifests[sha256] ?? new Uint8Array(),
      chunkSha1s: new Uint8Array(3 * 20),
    }));
    expect((await app.inject(url('e', 'f'))).json()).toMatchObject({
      from: { sha256: 'e'.repeat(64), sizeBytes: 3 * megabyte },
      to: { sha256: 'f'.repeat(64), sizeBytes: 2 * megabyte + 7 },
      shared: { chunks: 2, ofChunks: 3, bytes: megabyte + 7, strip: [100, 0, 100] },
    });
  });

  test('and nothing is said of chunks where not both are here', async () => {
    const app = await appWith(async () => {
      throw new OdstError('STORAGE_BLOB_UNKNOWN', 'not here');
    });
    expect((await app.inject(url('e', 'f'))).json()).toMatchObject({ shared: null });
  });

  test('and nothing is said of chunks where a server told of another size than the bytes have', async () => {
    const chunkSha1s = new Uint8Array(3 * 20);
    const app = await testApp({
      packages: { listRevisions: async () => ({ revisions: [...revisions, revisionOf(sized('c', Number.MAX_SAFE_INTEGER))] }) },
      blobs: { getManifest: async () => ({ manifest: manifestOf(1, 2, 3), chunkSha1s }) },
      server,
    });
    const answer = await app.inject(url('c', 'f'));
    expect([answer.statusCode, answer.json()]).toMatchObject([200, { shared: null }]);
  });

  test('and one that the package never had is refused', async () => {
    const app = await appWith(async () => ({ manifest: new Uint8Array(), chunkSha1s: new Uint8Array() }));
    const answer = await app.inject(url('e', 'a'));
    expect([answer.statusCode, answer.json()]).toMatchObject([404, { code: 'CATALOG_REVISION_UNKNOWN' }]);
  });
});

test('the history of a package has its events with their data', async () => {
  const entry = { eventId: '018f', type: 'PackagePromoted', recordedAt: new Date(at), actor: 'account:eva' };
  const entries = [
    { ...entry, changedBy: 'd'.repeat(32), data: '{"from":"Dev"}' },
    { ...entry, type: 'PackageWanted', changedBy: '', data: '{}' },
  ];
  const app = await testApp({ packages: { listHistory: async () => ({ entries }) }, server });
  const told = { id: '018f', recordedAt: at, actor: 'account:eva' };
  expect((await app.inject('/api/v1/packages/7/history')).json()).toEqual({
    items: [
      { ...told, type: 'PackagePromoted', changedBy: 'd'.repeat(32), changedByName: 'Berlin', data: { from: 'Dev' } },
      { ...told, type: 'PackageWanted', changedBy: null, changedByName: null, data: {} },
    ],
    next: null,
  });
});

describe('conflicts', () => {
  const [here, there] = ['d'.repeat(32), 'e'.repeat(32)];
  const contender = (changedBy: string, part: Partial<Contender>): Contender => ({
    ...{ content: content(), changedAt: new Date(at), changedBy, actor: 'account:eva', act: 'replace', isHere: true },
    ...part,
  });
  const heads = [
    head('Dev', { contenders: [contender(here, {}), contender(there, { content: content('e'.repeat(64)), isHere: false })] }),
    head('Test'),
    head('Prod', { contenders: [contender(here, {}), contender('f'.repeat(32), { content: undefined, act: 'delete' })] }),
  ];
  test('are listed with every contender, the one that wins first, and the names of their servers', async () => {
    const asked: ListPackagesRequest[] = [];
    const listPackages = async (request: ListPackagesRequest) => {
      asked.push(request);
      return { packages: [{ ...nomad, heads }], next: '7' };
    };
    const servers = [profile(here, 'Berlin'), profile(there, 'Paris')];
    const app = await testApp({ packages: { listPackages }, server: { listServers: async () => ({ servers }) } });
    const told = { changedAt: at, actor: 'account:eva', act: 'replace', isHere: true };
    const ofPackage = { id: 7, uuid: nomad.uuid, filename: 'NoMAD.pkg', version: 3 };
    expect((await app.inject('/api/v1/conflicts?limit=2&after=3')).json()).toEqual({
      items: [
        {
          ...{ id: '7-Dev', package: ofPackage, stage: 'Dev' },
          contenders: [
            { ...told, ...nomadContent, server: here, serverName: 'Berlin', wins: true },
            { ...told, ...nomadContent, sha256: 'e'.repeat(64), server: there, serverName: 'Paris', isHere: false, wins: false },
          ],
        },
        {
          ...{ id: '7-Prod', package: ofPackage, stage: 'Prod' },
          contenders: [
            { ...told, ...nomadContent, server: here, serverName: 'Berlin', wins: true },
            {
              ...{ ...told, act: 'delete', sha256: null, sha1: null, sizeBytes: null },
              ...{ server: 'f'.repeat(32), serverName: null, wins: false },
            },
          ],
        },
      ],
      next: '7',
    });
    expect(asked).toMatchObject([{ inConflict: true, limit: 2, after: '3' }]);
  });

  test.each([
    [{ keep: 'b'.repeat(64) }, { sha256: 'b'.repeat(64), reason: '' }],
    [
      { keep: null, reason: 'neither' },
      { sha256: '', reason: 'neither' },
    ],
  ])('are resolved with %j', async (payload, expected) => {
    const asked: ChangePackageRequest[] = [];
    const changePackage = async (request: ChangePackageRequest) => {
      asked.push(request);
      return { package: nomad, effects: [], former: undefined, toTrash: [], trashDays: 30 };
    };
    const app = await testApp({ packages: { changePackage }, server });
    const answer = await app.inject({ method: 'POST', url: '/api/v1/conflicts/7-Prod/resolve', payload });
    expect([answer.statusCode, answer.headers.etag, answer.json()]).toEqual([200, '"3"', nomadRow]);
    expect(asked).toMatchObject([{ id: 7, act: 'resolve', to: 'Prod', dryRun: false, ...expected }]);
    const dry = await app.inject({ method: 'POST', url: '/api/v1/conflicts/7-Prod/resolve?dryRun=true', payload });
    expect(dry.json()).toEqual({ effects: [], former: null, toTrash: [], trashDays: 30 });
  });

  test.each([
    ['7-prod', { keep: null }, 404],
    ['Prod-7', { keep: null }, 404],
    ['7', { keep: null }, 404],
    ['7-Prod', {}, 422],
    ['7-Prod', { keep: '' }, 422],
    ['7-Prod', { keep: null, sha256: 'b'.repeat(64) }, 422],
  ])('%s with %j is refused', async (id, payload, status) => {
    const answer = await (await testApp({})).inject({ method: 'POST', url: `/api/v1/conflicts/${id}/resolve`, payload });
    expect(answer.statusCode).toBe(status);
  });

  test('that are over are 404', async () => {
    const changePackage = async () => {
      throw new OdstError('CATALOG_CONFLICT_UNKNOWN', '"NoMAD.pkg" has no conflict in Prod');
    };
    const app = await testApp({ packages: { changePackage }, server });
    const answer = await app.inject({ method: 'POST', url: '/api/v1/conflicts/7-Prod/resolve', payload: { keep: null } });
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'CATALOG_CONFLICT_UNKNOWN']);
  });
});
