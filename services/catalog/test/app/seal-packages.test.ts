import type { PackageRecord } from '@odst/contracts/catalog';
import { describe, expect, test } from 'vitest';
import { canonicalBytes } from '../../src/domain/canonical-record.ts';
import { changesOf } from '../../src/domain/record-merge.ts';
import { contentOf, issOf, shaOf } from '../support/records.ts';
import { createTestServer, metadataOf, signatureOf } from '../support/test-server.ts';

const unsealed = { manifestDigest: '' };
const { sha256, manifestDigest } = contentOf('1');
const content = { sha256, manifestDigest };

const server = () => createTestServer(issOf('a'));
type Server = ReturnType<typeof server>;

/** What the server's signature of the record is. */
const signedBy = (iss: string, record: PackageRecord) => signatureOf(iss, canonicalBytes(record));

async function recordOf(a: Server, reference = 'NoMAD.pkg') {
  const record = (await a.find.get(reference)).package?.record;
  if (record === undefined) throw new TypeError('a package without a record');
  return record;
}

describe('an upload whose manifest is not made yet', () => {
  test('is public at once, without a signature', async () => {
    const a = server();
    expect(await a.upload(1, '1', 'Prod', unsealed)).toMatchObject({
      outcome: 'created',
      package: { status: 'Public', record: { manifestDigest: '', signature: new Uint8Array(), signedBy: a.iss } },
    });
    expect(await a.types()).toEqual(['PackageUploaded', 'PackagePublished']);
    expect(await a.find.content('NoMAD.pkg')).toMatchObject({ sha256 });
  });

  test('needs no key to be answered', async () => {
    const a = server();
    a.settings.reachable = false;
    expect(await a.upload(1, '1', 'Prod', unsealed)).toMatchObject({ outcome: 'created' });
  });

  test('that comes again is the same package, with or without a manifest', async () => {
    const a = server();
    const first = await a.upload(1, '1', 'Prod', unsealed);
    expect(await a.upload(2, '1', 'Prod', unsealed)).toEqual({ ...first, outcome: 'unchanged' });
    expect(await a.upload(3, '1', 'Prod')).toEqual({ ...first, outcome: 'unchanged' });
    expect(await a.types()).toHaveLength(2);
  });

  test('is refused by every peer', async () => {
    const [a, b] = [server(), createTestServer(issOf('b'))];
    const { package: open } = await a.upload(1, '1', 'Prod', unsealed);
    await expect(b.offer(open, a.iss)).rejects.toMatchObject({ code: 'CATALOG_RECORD_INVALID' });
  });
});

describe('sealing', () => {
  test('signs the change and changes nothing else, once', async () => {
    const a = server();
    await a.upload(1, '1', 'Prod', unsealed);
    const before = await recordOf(a);
    a.clock.advance(60_000);
    const metadata = metadataOf('service:catalog');
    await a.seal.content(content, metadata);
    const after = await recordOf(a);
    expect(after).toEqual({ ...before, manifestDigest, signature: signedBy(a.iss, after) });
    for (const again of [metadata, metadataOf('service:catalog')]) await a.seal.content(content, again);
    expect(await a.types()).toEqual(['PackageUploaded', 'PackagePublished', 'PackageSealed']);
  });

  test('makes the record one that peers take', async () => {
    const [a, b] = [server(), createTestServer(issOf('b'))];
    await a.upload(1, '1', 'Prod', unsealed);
    await a.seal.content(content, metadataOf());
    expect(await b.offer((await a.find.get('1')).package, a.iss)).toMatchObject({ outcome: 'applied' });
  });

  test('reaches every package of the content, and no other', async () => {
    const a = server();
    await a.upload(1, '1', 'Prod', { ...unsealed, filename: 'One.pkg' });
    await a.upload(2, '1', 'Dev', { ...unsealed, filename: 'Two.pkg' });
    await a.upload(3, '2', 'Prod', { ...unsealed, filename: 'Other.pkg' });
    await a.seal.content(content, metadataOf());
    const digests = await Promise.all(
      ['One.pkg', 'Two.pkg', 'Other.pkg'].map(async (name) => (await recordOf(a, name)).manifestDigest),
    );
    expect(digests).toEqual([manifestDigest, manifestDigest, '']);
  });

  test('completes what a stage change made meanwhile', async () => {
    const a = server();
    await a.upload(1, '1', 'Test', unsealed);
    const changed = await a.changeStage({ id: 1, stage: 'Prod', sha256: '', expectedVersion: 0n }, metadataOf());
    expect(changed.package?.record).toMatchObject({ stage: 'Prod', manifestDigest: '', signature: new Uint8Array() });
    await a.seal.content(content, metadataOf());
    const after = await recordOf(a);
    expect(after).toMatchObject({ stage: 'Prod', manifestDigest, changedStamp: changed.package?.record?.changedStamp });
    expect(after.signature).toEqual(signedBy(a.iss, after));
  });

  test('leaves a package alone whose content was replaced meanwhile', async () => {
    const a = server();
    await a.upload(1, '1', 'Prod', unsealed);
    await a.upload(2, '2', 'Prod', { ...unsealed, replace: true });
    await a.seal.content(content, metadataOf());
    expect(await recordOf(a)).toMatchObject({ sha256: shaOf('2'), manifestDigest: '', concurrent: [] });
    await a.seal.content(contentOf('2'), metadataOf());
    expect(await recordOf(a)).toMatchObject({ sha256: shaOf('2'), manifestDigest: contentOf('2').manifestDigest });
  });

  test("completes the own change beside a peer's that stands, and the peer's stays as it was signed", async () => {
    const [a, b] = [server(), createTestServer(issOf('b'))];
    b.clock.advance(60_000);
    await a.upload(1, '1', 'Prod', unsealed);
    const theirs = await b.upload(1, '2', 'Prod');
    expect(await a.offer(theirs.package, b.iss)).toMatchObject({ outcome: 'conflict', package: { status: 'Downloading' } });
    await a.seal.content(content, metadataOf());
    const after = await recordOf(a);
    expect(changesOf(after).map((change) => change.manifestDigest)).toEqual([contentOf('2').manifestDigest, manifestDigest]);
    expect(changesOf(after)[0]).toEqual(theirs.package?.record);
    expect(await a.find.content('NoMAD.pkg')).toMatchObject({ sha256 });
    expect((await b.offer((await a.find.get('1')).package, a.iss)).package?.record).toEqual(after);
  });

  test("meets a peer's equal upload without a conflict", async () => {
    const [a, b] = [server(), createTestServer(issOf('b'))];
    await a.upload(1, '1', 'Prod', unsealed);
    const theirs = await b.upload(1, '1', 'Prod');
    expect(await a.offer(theirs.package, b.iss)).toMatchObject({ outcome: 'merged', package: { status: 'Public' } });
    await a.seal.content(content, metadataOf());
    expect(await b.offer((await a.find.get('1')).package, a.iss)).toMatchObject({ outcome: 'merged' });
    expect((await b.find.get('1')).package?.record).toEqual(await recordOf(a));
  });

  test('gives way to a change that is made at the same time, and follows it', async () => {
    const a = server();
    await a.upload(1, '1', 'Test', unsealed);
    await Promise.all([
      a.seal.content(content, metadataOf()),
      a.changeStage({ id: 1, stage: 'Prod', sha256: '', expectedVersion: 0n }, metadataOf()),
      a.seal.content(content, metadataOf()),
    ]);
    expect(await recordOf(a)).toMatchObject({ stage: 'Prod', manifestDigest, concurrent: [] });
  });

  test('seals what came since, also when it is told again under the same command id', async () => {
    const a = server();
    const metadata = metadataOf();
    await a.upload(1, '1', 'Prod', unsealed);
    await a.seal.content(content, metadata);
    await a.upload(2, '2', 'Prod', { replace: true });
    await a.upload(3, '1', 'Prod', { ...unsealed, replace: true });
    await a.seal.content(content, metadata);
    expect(await recordOf(a)).toMatchObject({ manifestDigest });
  });

  test('waits for the key', async () => {
    const a = server();
    await a.upload(1, '1', 'Prod', unsealed);
    a.settings.reachable = false;
    const metadata = metadataOf();
    await expect(a.seal.content(content, metadata)).rejects.toMatchObject({ code: 'COMMON_SERVICE_UNAVAILABLE' });
    a.settings.reachable = true;
    await a.seal.content(content, metadata);
    expect(await recordOf(a)).toMatchObject({ manifestDigest });
  });
});

test('the sweep seals what storage has a manifest of, and leaves the rest', async () => {
  const a = server();
  await a.upload(1, '1', 'Prod', { ...unsealed, filename: 'One.pkg' });
  await a.upload(2, '2', 'Prod', { ...unsealed, filename: 'Two.pkg' });
  a.manifests.set(sha256, manifestDigest);
  await a.sweep.all(metadataOf('service:catalog'));
  expect(await recordOf(a, 'One.pkg')).toMatchObject({ manifestDigest });
  expect(await recordOf(a, 'Two.pkg')).toMatchObject({ manifestDigest: '' });
});

test('a package that cannot be sealed keeps no other one from it', async () => {
  const a = server();
  await a.upload(1, '1', 'Prod', { ...unsealed, filename: 'One.pkg' });
  await a.upload(2, '1', 'Prod', { ...unsealed, filename: 'Two.pkg' });
  await a.upload(3, '2', 'Prod', { ...unsealed, filename: 'Three.pkg' });
  a.manifests.set(sha256, manifestDigest).set(shaOf('2'), contentOf('2').manifestDigest);
  a.settings.refusedSignatures = 1;
  await expect(a.sweep.all(metadataOf('service:catalog'))).rejects.toMatchObject({ code: 'COMMON_SERVICE_UNAVAILABLE' });
  const records = await Promise.all(['One.pkg', 'Two.pkg', 'Three.pkg'].map((name) => recordOf(a, name)));
  expect(records.filter((record) => record.manifestDigest !== '')).toHaveLength(2);
});
