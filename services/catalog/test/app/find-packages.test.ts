import { describe, expect, test } from 'vitest';
import { issOf, nomadUuid, shaOf } from '../support/records.ts';
import { createTestServer, listOf } from '../support/test-server.ts';

async function withPackages() {
  const a = createTestServer(issOf('a'));
  await a.upload(1, '1', 'Test', { filename: '2.pkg' });
  a.clock.advance(1_000);
  await a.upload(2, '2', 'Prod', { filename: 'Größe.pkg' });
  return a;
}

const ids = (packages: readonly { id: number }[]) => packages.map(({ id }) => id);

describe('finding packages', () => {
  test('lists by number, all or of one stage or status', async () => {
    const a = await withPackages();
    expect(ids(await a.list())).toEqual([1, 2]);
    expect(ids(await a.list({ stage: 'Prod' }))).toEqual([2]);
    expect(await a.list({ status: 'Downloading' })).toEqual([]);
    for (const [request, code] of [
      [{ stage: 'x' }, 'CATALOG_STAGE_UNKNOWN'],
      [{ status: 'x' }, 'COMMON_REQUEST_INVALID'],
      [{ sort: 'x' }, 'COMMON_REQUEST_INVALID'],
      [{ limit: 1_001 }, 'COMMON_REQUEST_INVALID'],
      [{ limit: -1 }, 'COMMON_REQUEST_INVALID'],
      [{ after: 'x' }, 'COMMON_REQUEST_INVALID'],
    ] as const) {
      await expect(a.find.list(listOf(request))).rejects.toMatchObject({ code });
    }
  });

  test('of a stage are those that have a content there, or, where it is asked for, that are served from there', async () => {
    const a = await withPackages();
    await a.upload(3, '3', 'Dev', { filename: 'Größe.pkg', replace: true });
    expect(ids(await a.list({ stage: 'Dev' }))).toEqual([2]);
    expect(ids(await a.list({ stage: 'Dev', servedOnly: true }))).toEqual([]);
    expect(ids(await a.list({ stage: 'Prod', servedOnly: true }))).toEqual([2]);
    expect(ids(await a.list({ stage: 'Test', servedOnly: true }))).toEqual([1]);
  });

  test('finds a part of a name whatever its case and normal form, and takes % and _ for what they are', async () => {
    const a = await withPackages();
    expect(ids(await a.list({ query: 'GRO\u0308SSE'.replace('SS', 'ß') }))).toEqual([2]);
    expect(ids(await a.list({ query: '.PKG' }))).toEqual([1, 2]);
    expect(await a.list({ query: '%' })).toEqual([]);
    expect(await a.list({ query: '_' })).toEqual([]);
  });

  test('gives pages in the order that is asked for', async () => {
    const a = createTestServer(issOf('a'));
    for (const [index, name] of ['C', 'A', 'B', 'E', 'D'].entries()) {
      a.clock.advance(1_000);
      await a.upload(index + 1, '1', 'Prod', { filename: `${name}.pkg` });
    }
    a.clock.advance(1_000);
    await a.act({ act: 'demote', to: 'Test', id: 3 });
    const pagesOf = async (sort: string) => {
      const pages: number[][] = [];
      for (let after = ''; ; ) {
        const { packages, next } = await a.find.list(listOf({ sort, after, limit: 2 }));
        pages.push(ids(packages));
        if (next === '') return pages;
        after = next;
      }
    };
    expect(await pagesOf('')).toEqual([[1, 2], [3, 4], [5]]);
    expect(await pagesOf('id')).toEqual([[1, 2], [3, 4], [5]]);
    expect(await pagesOf('name')).toEqual([[2, 3], [1, 5], [4]]);
    expect(await pagesOf('changed')).toEqual([[3, 5], [4, 2], [1]]);
  });

  test('takes digits for a number first, and anything else for a name in any normal form', async () => {
    const { find } = await withPackages();
    const get = (reference: string) => find.get({ reference, alsoDeleted: false });
    expect(await get('2')).toMatchObject({ package: { filename: 'Größe.pkg' } });
    expect(await get('2.pkg')).toMatchObject({ package: { id: 1 } });
    expect(await get('Gro\u0308ße.pkg')).toMatchObject({ package: { id: 2 } });
    expect(await find.content('Gro\u0308ße.pkg')).toMatchObject({ filename: 'Größe.pkg', sha256: shaOf('2') });
    for (const reference of ['3', '0', '99999999999999999999', 'größe.pkg', '']) {
      await expect(get(reference)).rejects.toMatchObject({ code: 'CATALOG_PACKAGE_UNKNOWN' });
    }
  });

  test('takes digits for a name where no package has the number', async () => {
    const { find, upload } = createTestServer(issOf('a'), { allowedExtensions: ['*'] });
    await upload(1, '1', 'Prod', { filename: '77' });
    await upload(2, '2', 'Prod', { filename: '1' });
    for (const reference of ['77', '1']) {
      expect(await find.get({ reference, alsoDeleted: false })).toMatchObject({ package: { id: 1 } });
    }
  });

  test('says whether a content is named', async () => {
    const { find } = await withPackages();
    expect(await find.names(shaOf('1'))).toEqual({ named: true });
    expect(await find.names(shaOf('3'))).toEqual({ named: false });
    await expect(find.names('x')).rejects.toMatchObject({ code: 'COMMON_REQUEST_INVALID' });
  });

  test('lists what is wanted a page at a time', async () => {
    const [a, b] = [createTestServer(issOf('a')), createTestServer(issOf('b'))];
    for (let number = 1; number <= 5; number += 1) {
      const { package: made } = await a.upload(number, String(number), 'Prod', { filename: `${number}.pkg` });
      await b.offer(await a.record(made?.uuid), a.iss);
    }
    const first = await b.find.wanted({ after: '', limit: 3 });
    expect(first.contents.map(({ filename }) => filename)).toEqual(['1.pkg', '2.pkg', '3.pkg']);
    const second = await b.find.wanted({ after: first.next, limit: 3 });
    expect(second).toMatchObject({ contents: [{ filename: '4.pkg' }, { filename: '5.pkg' }], next: '' });
    await expect(b.find.wanted({ after: 'x', limit: 3 })).rejects.toMatchObject({ code: 'COMMON_REQUEST_INVALID' });
  });

  test('gives records in the order asked for, without packages that are not known and changes that lack a manifest', async () => {
    const a = await withPackages();
    const [first, second] = (await a.list()).map(({ uuid }) => uuid);
    await a.upload(3, '3', 'Dev', { filename: 'Größe.pkg', replace: true, manifestDigest: '' });
    await a.upload(4, '4', 'Prod', { manifestDigest: '' });
    const records = await Array.fromAsync(a.find.records([nomadUuid, second ?? '', 'f'.repeat(32), first ?? '']));
    expect(records.map(({ filename, changes }) => [filename, changes.length])).toEqual([
      ['Größe.pkg', 1],
      ['2.pkg', 1],
    ]);
    await expect(Array.fromAsync(a.find.records(Array(1_001).fill(nomadUuid)))).rejects.toMatchObject({
      code: 'COMMON_REQUEST_INVALID',
    });
  });
});
