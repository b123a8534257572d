import { describe, expect, test } from 'vitest';
import { contentOf, issOf, nomadUuid, shaOf } from '../support/records.ts';
import { createTestServer, metadataOf } from '../support/test-server.ts';

async function aLife() {
  const [a, b] = [createTestServer(issOf('a')), createTestServer(issOf('b'))];
  await a.upload(1, '1', 'Test');
  a.clock.advance(1_000);
  await a.act({ act: 'promote', to: 'Prod' });
  a.clock.advance(1_000);
  await a.upload(2, '2', 'Prod', { replace: true });
  b.clock.set(a.clock.now().toISOString());
  b.clock.advance(60_000);
  await b.offer(await a.record(), a.iss);
  await b.upload(1, '3', 'Dev', { replace: true });
  await a.offer(await b.record(), b.iss);
  return { a, b };
}

describe('the revisions of a package', () => {
  test('are what its heads have and had, newest first, with what stands, is here and in the trash', async () => {
    const { a } = await aLife();
    const { revisions } = await a.history.revisions({ id: 1 });
    expect(revisions).toMatchObject([
      { stage: 'Dev', content: contentOf('3'), act: 'replace', changedBy: issOf('b'), stands: true, isHere: false },
      { stage: 'Prod', content: contentOf('2'), act: 'replace', changedBy: issOf('a'), stands: true, isHere: true },
      { stage: 'Prod', content: contentOf('1'), act: 'promote', actor: 'account:admin', stands: false, isHere: true },
      { stage: 'Test', content: contentOf('1'), act: 'upload', stands: false },
    ]);
    expect(revisions[2]?.trashedAt).toEqual(a.clock.now());
    expect(revisions[1]?.trashedAt).toBeUndefined();
    expect(revisions.map(({ changedAt }) => changedAt)).toEqual(
      revisions.map(({ changedAt }) => changedAt).toSorted((one, other) => Number(other) - Number(one)),
    );
  });

  test('of a deleted package are known too; of none they are not', async () => {
    const { a } = await aLife();
    await a.act({ act: 'delete' });
    const { revisions } = await a.history.revisions({ id: 1 });
    expect(revisions).toHaveLength(4);
    expect(revisions.filter(({ stands }) => stands)).toEqual([]);
    await expect(a.history.revisions({ id: 9 })).rejects.toMatchObject({ code: 'CATALOG_PACKAGE_UNKNOWN' });
    await expect(a.history.events({ id: 9 })).rejects.toMatchObject({ code: 'CATALOG_PACKAGE_UNKNOWN' });
  });

  test('name a content once for each time that it came to a head, also when it was sealed later', async () => {
    const a = createTestServer(issOf('a'));
    await a.upload(1, '1', 'Prod', { manifestDigest: '' });
    a.manifests.set(shaOf('1'), contentOf('1').manifestDigest);
    await a.sweepAll();
    expect((await a.history.revisions({ id: 1 })).revisions).toMatchObject([
      { stage: 'Prod', content: contentOf('1'), stands: true },
    ]);
  });
});

test('the history of a package is its events, newest first, each with who did it and where', async () => {
  const { a } = await aLife();
  const { entries } = await a.history.events({ id: 1 });
  const types = await a.types();
  expect(entries.map(({ type }) => type)).toEqual(types.toReversed());
  expect(entries[0]).toMatchObject({ type: 'PackageAnnounced', actor: 'account:admin', changedBy: issOf('b') });
  expect(entries.at(-1)).toMatchObject({ type: 'PackageUploaded', actor: 'account:admin', changedBy: issOf('a') });
  expect(entries.find(({ type }) => type === 'PackageTrashed')).toMatchObject({ changedBy: '', recordedAt: a.clock.now() });
  expect(JSON.parse(entries.at(-1)?.data ?? '')).toMatchObject({ packageId: 1, change: { act: 'upload' } });
  expect(new Set(entries.map(({ eventId }) => eventId)).size).toBe(entries.length);
});

test('an event of a newer program is shown as it is', async () => {
  const { a } = await aLife();
  const stream = `package-${nomadUuid}`;
  const events = [{ type: 'PackageTeleported', schemaVersion: 1, data: { to: 'the moon' } }];
  await a.store.append({ stream, expectedVersion: 'any', events, metadata: metadataOf() });
  expect(await a.history.events({ id: 1 })).toMatchObject({
    entries: expect.arrayContaining([expect.objectContaining({ type: 'PackageTeleported', data: '{"to":"the moon"}' })]),
  });
  expect((await a.history.revisions({ id: 1 })).revisions).toHaveLength(4);
});
