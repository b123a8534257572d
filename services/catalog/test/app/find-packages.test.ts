import { describe, expect, test } from 'vitest';
import { issOf, shaOf } from '../support/records.ts';
import { createTestServer } from '../support/test-server.ts';

async function withPackages() {
  const a = createTestServer(issOf('a'));
  await a.upload(1, '1', 'Test', { filename: '2.pkg' });
  await a.upload(2, '2', 'Prod', { filename: 'Größe.pkg' });
  return a;
}

describe('finding packages', () => {
  test('lists by number, all or of one stage or status', async () => {
    const { find } = await withPackages();
    expect((await find.list({ stage: '', status: '' })).packages.map(({ id }) => id)).toEqual([1, 2]);
    expect((await find.list({ stage: 'Prod', status: '' })).packages.map(({ id }) => id)).toEqual([2]);
    expect((await find.list({ stage: '', status: 'Downloading' })).packages).toEqual([]);
    await expect(find.list({ stage: 'x', status: '' })).rejects.toMatchObject({ code: 'CATALOG_STAGE_UNKNOWN' });
    await expect(find.list({ stage: '', status: 'x' })).rejects.toMatchObject({ code: 'COMMON_REQUEST_INVALID' });
  });

  test('takes digits for a number first, and anything else for a name in any normal form', async () => {
    const { find } = await withPackages();
    expect(await find.get('2')).toMatchObject({ package: { record: { filename: 'Größe.pkg' } } });
    expect(await find.get('2.pkg')).toMatchObject({ package: { id: 1 } });
    expect(await find.get('Gro\u0308ße.pkg')).toMatchObject({ package: { id: 2 } });
    expect(await find.content('Gro\u0308ße.pkg')).toMatchObject({ filename: 'Größe.pkg', sha256: shaOf('2') });
    for (const reference of ['3', '0', '99999999999999999999', 'größe.pkg', '']) {
      await expect(find.get(reference)).rejects.toMatchObject({ code: 'CATALOG_PACKAGE_UNKNOWN' });
    }
  });

  test('takes digits for a name where no package has the number', async () => {
    const a = createTestServer(issOf('a'), { allowedExtensions: ['*'] });
    await a.upload(1, '1', 'Prod', { filename: '77' });
    await a.upload(2, '2', 'Prod', { filename: '1' });
    expect(await a.find.get('77')).toMatchObject({ package: { id: 1 } });
    expect(await a.find.get('1')).toMatchObject({ package: { id: 1 } });
  });

  test('says whether a content is named', async () => {
    const { find } = await withPackages();
    expect(await find.names(shaOf('1'))).toEqual({ named: true });
    expect(await find.names(shaOf('3'))).toEqual({ named: false });
    await expect(find.names('x')).rejects.toMatchObject({ code: 'COMMON_REQUEST_INVALID' });
  });
});
