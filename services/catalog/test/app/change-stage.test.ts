import { describe, expect, test } from 'vitest';
import { contentOf, issOf, shaOf } from '../support/records.ts';
import { createTestServer, metadataOf } from '../support/test-server.ts';

const change = (stage: string, more = {}) => ({ id: 1, stage, sha256: '', expectedVersion: 0n, ...more });

async function withPackage() {
  const a = createTestServer(issOf('a'));
  await a.upload(1, '1', 'Test');
  a.clock.advance(1_000);
  return a;
}

describe('a stage change', () => {
  test('keeps content and time of upload, and is signed anew', async () => {
    const a = await withPackage();
    const before = await a.find.get('1');
    const { package: after } = await a.changeStage(change('Prod', { sha256: shaOf('1'), expectedVersion: 2n }), metadataOf());
    expect(after).toMatchObject({ id: 1, status: 'Public', version: 3n, record: { stage: 'Prod', sha256: shaOf('1') } });
    expect(after?.record?.createdAt).toEqual(before.package?.record?.createdAt);
    expect(after?.record?.changedStamp).toBeGreaterThan(before.package?.record?.changedStamp ?? 0n);
    expect(after?.record?.signature).not.toEqual(before.package?.record?.signature);
  });

  test('to the stage that it has changes nothing', async () => {
    const a = await withPackage();
    expect(await a.changeStage(change('Test'), metadataOf())).toMatchObject({ package: { version: 2n } });
  });

  test('of other content than the admin saw is refused', async () => {
    const a = await withPackage();
    await expect(a.changeStage(change('Prod', { sha256: shaOf('2') }), metadataOf())).rejects.toMatchObject({
      code: 'CATALOG_CONTENT_CHANGED',
      details: { sha256: shaOf('1') },
    });
  });

  test('of another version than the admin saw is a conflict', async () => {
    const a = await withPackage();
    await expect(a.changeStage(change('Prod', { expectedVersion: 1n }), metadataOf())).rejects.toMatchObject({
      code: 'COMMON_COMMAND_CONFLICT',
      details: { actualVersion: 2 },
    });
  });

  test('of a version that was only sealed since is made; of an older one it is not', async () => {
    const a = createTestServer(issOf('a'));
    await a.upload(1, '1', 'Test', { manifestDigest: '' });
    await a.changeStage(change('Dev'), metadataOf());
    await a.seal.content(contentOf('1'), metadataOf());
    await expect(a.changeStage(change('Prod', { expectedVersion: 2n }), metadataOf())).rejects.toMatchObject({
      code: 'COMMON_COMMAND_CONFLICT',
    });
    expect(await a.changeStage(change('Prod', { expectedVersion: 3n }), metadataOf())).toMatchObject({
      package: { version: 5n, record: { stage: 'Prod' } },
    });
    await expect(a.changeStage(change('Test', { expectedVersion: 4n }), metadataOf())).rejects.toMatchObject({
      code: 'COMMON_COMMAND_CONFLICT',
    });
  });

  test('of a version that is sealed in the midst of it is made', async () => {
    const a = createTestServer(issOf('a'));
    await a.upload(1, '1', 'Test', { manifestDigest: '' });
    // Who this server is, is asked between reading the package and writing.
    a.settings.onServerAsked = async () => {
      a.settings.onServerAsked = async () => undefined;
      await a.seal.content(contentOf('1'), metadataOf());
    };
    const { package: after } = await a.changeStage(change('Prod', { expectedVersion: 2n }), metadataOf());
    expect(await a.types()).toEqual(['PackageUploaded', 'PackagePublished', 'PackageSealed', 'PackageStageChanged']);
    expect(after).toMatchObject({ record: { stage: 'Prod', manifestDigest: contentOf('1').manifestDigest } });
  });

  test('of a version that another admin changes in the midst of it is a conflict', async () => {
    const a = await withPackage();
    a.settings.onServerAsked = async () => {
      a.settings.onServerAsked = async () => undefined;
      await a.changeStage(change('Dev'), metadataOf());
    };
    await expect(a.changeStage(change('Prod', { expectedVersion: 2n }), metadataOf())).rejects.toMatchObject({
      code: 'COMMON_COMMAND_CONFLICT',
      details: { actualVersion: 3 },
    });
  });

  test('is made once when it is repeated under its command id', async () => {
    const a = await withPackage();
    const metadata = metadataOf();
    const first = await a.changeStage(change('Prod', { expectedVersion: 2n }), metadata);
    expect(await a.changeStage(change('Prod', { expectedVersion: 2n }), metadata)).toEqual(first);
  });

  test('of several admins at once ends with one of them', async () => {
    const a = await withPackage();
    await Promise.all(['Dev', 'Prod', 'Dev', 'Prod'].map((stage) => a.changeStage(change(stage), metadataOf())));
    const { package: after } = await a.find.get('NoMAD.pkg');
    expect(after?.record?.concurrent).toEqual([]);
    expect(['Dev', 'Prod']).toContain(after?.record?.stage);
  });

  test('to nowhere, or of nothing, is refused', async () => {
    const a = await withPackage();
    await expect(a.changeStage(change('prod'), metadataOf())).rejects.toMatchObject({ code: 'CATALOG_STAGE_UNKNOWN' });
    await expect(a.changeStage(change('Prod', { id: 2 }), metadataOf())).rejects.toMatchObject({
      code: 'CATALOG_PACKAGE_UNKNOWN',
    });
    await expect(a.changeStage(change('Prod', { sha256: 'x' }), metadataOf())).rejects.toMatchObject({
      code: 'COMMON_REQUEST_INVALID',
    });
  });
});
