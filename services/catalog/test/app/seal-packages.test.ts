import { changesOfRecord, type PackageChange, recordOfChanges } from '@odst/contracts/catalog';
import { describe, expect, test } from 'vitest';
import { canonicalBytes, contentsOf } from '../../src/domain/change.ts';
import { contentOf, issOf, shaOf } from '../support/records.ts';
import { createTestServer, metadataOf, signatureOf } from '../support/test-server.ts';

const unsealed = { manifestDigest: '' };
const { sha256, manifestDigest } = contentOf('1');
const content = { sha256, manifestDigest };

const server = () => createTestServer(issOf('a'));
type Server = ReturnType<typeof server>;

const made = ['PackageUploaded', 'PackagePublished', 'PackageServedHeadChanged'];

/** What the server's signature of the change is. */
const signedBy = (iss: string, change: PackageChange) => signatureOf(iss, canonicalBytes(change));

/** The only change that stands. */
async function changeOf(a: Server, filename?: string): Promise<PackageChange> {
  const { changes } = await a.state(filename);
  const [change] = changes;
  if (change === undefined || changes.length !== 1) throw new TypeError(`${changes.length} changes stand`);
  return change;
}

const digestsOf = (change: PackageChange) => contentsOf(change).map((one) => one.manifestDigest);

describe('an upload whose manifest is not made yet', () => {
  test('is public at once, without a signature', async () => {
    const a = server();
    expect(await a.upload(1, '1', 'Prod', unsealed)).toMatchObject({
      outcome: 'created',
      package: { status: 'Public', content: { sha256, manifestDigest: '' } },
    });
    expect(await changeOf(a)).toMatchObject({ iss: a.iss, signature: new Uint8Array() });
    expect(await a.types()).toEqual(made);
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
    expect(await a.types()).toEqual(made);
  });

  test('does not leave the server, nor what was done to it since; what stands beside it does', async () => {
    const [a, b] = [server(), createTestServer(issOf('b'))];
    await a.upload(1, '1', 'Test', unsealed);
    await a.act({ act: 'promote', to: 'Prod' });
    expect(await a.record()).toBeUndefined();
    await b.upload(1, '2', 'Dev');
    await a.offer(await b.record(), b.iss);
    expect(await a.record()).toEqual(await b.record());
  });

  test('is refused by every peer', async () => {
    const [a, b] = [server(), createTestServer(issOf('b'))];
    await a.upload(1, '1', 'Prod', unsealed);
    const open = recordOfChanges([{ ...(await changeOf(a)), signature: new Uint8Array(64) }]);
    expect(await b.offer(open, a.iss)).toMatchObject({
      outcome: 'ignored',
      held: [{ code: 'CATALOG_CHANGE_INVALID', signedBy: a.iss, isFinal: true }],
    });
  });
});

describe('sealing', () => {
  test('signs the change and changes nothing else, once', async () => {
    const a = server();
    await a.upload(1, '1', 'Prod', unsealed);
    const before = await changeOf(a);
    a.clock.advance(60_000);
    const metadata = metadataOf('service:catalog');
    await a.seal.content(content, metadata);
    const after = await changeOf(a);
    const sets = before.sets.map((set) => ({ ...set, content: contentOf('1') }));
    expect(after).toEqual({ ...before, sets, signature: signedBy(a.iss, after) });
    for (const again of [metadata, metadataOf('service:catalog')]) await a.seal.content(content, again);
    expect(await a.types()).toEqual([...made, 'PackageSealed']);
  });

  test('makes the change one that peers take', async () => {
    const [a, b] = [server(), createTestServer(issOf('b'))];
    await a.upload(1, '1', 'Prod', unsealed);
    await a.seal.content(content, metadataOf());
    expect(await b.offer(await a.record(), a.iss)).toMatchObject({ outcome: 'applied', held: [] });
    expect(await b.record()).toEqual(await a.record());
  });

  test('reaches every package of the content, and no other', async () => {
    const a = server();
    await a.upload(1, '1', 'Prod', { ...unsealed, filename: 'One.pkg' });
    await a.upload(2, '1', 'Dev', { ...unsealed, filename: 'Two.pkg' });
    await a.upload(3, '2', 'Prod', { ...unsealed, filename: 'Other.pkg' });
    await a.seal.content(content, metadataOf());
    const digests = await Promise.all(
      ['One.pkg', 'Two.pkg', 'Other.pkg'].map(async (name) => digestsOf(await changeOf(a, name))),
    );
    expect(digests.flat()).toEqual([manifestDigest, manifestDigest, '']);
  });

  test('completes what an act made meanwhile', async () => {
    const a = server();
    await a.upload(1, '1', 'Test', unsealed);
    await a.act({ act: 'move', to: 'Prod' });
    const before = await changeOf(a);
    expect(before).toMatchObject({ act: 'promote', signature: new Uint8Array() });
    await a.seal.content(content, metadataOf());
    const after = await changeOf(a);
    expect(after).toMatchObject({ act: 'promote', stamp: before.stamp, signature: signedBy(a.iss, after) });
    expect(digestsOf(after)).toEqual([manifestDigest]);
    expect((await a.list())[0]).toMatchObject({ stage: 'Prod', content: contentOf('1') });
  });

  test('leaves a package alone whose content was replaced meanwhile', async () => {
    const a = server();
    await a.upload(1, '1', 'Prod', unsealed);
    await a.upload(2, '2', 'Prod', { ...unsealed, replace: true });
    await a.seal.content(content, metadataOf());
    expect(digestsOf(await changeOf(a))).toEqual(['']);
    await a.seal.content(contentOf('2'), metadataOf());
    expect(contentsOf(await changeOf(a))).toEqual([contentOf('2')]);
  });

  test('completes all that stands of this server, in every head', async () => {
    const a = server();
    await a.upload(1, '1', 'Prod', unsealed);
    await a.upload(2, '2', 'Test', { ...unsealed, replace: true });
    await a.act({ act: 'promote', from: 'Test', to: 'Prod' });
    await a.act({ act: 'rollback', to: 'Prod' });
    const open = (await a.state()).changes.flatMap(digestsOf);
    expect(open.every((digest) => digest === '')).toBe(true);
    for (const digit of ['1', '2']) await a.seal.content(contentOf(digit), metadataOf());
    const { changes } = await a.state();
    expect(changes.flatMap(digestsOf)).not.toContain('');
    for (const change of changes) expect(change.signature).toEqual(signedBy(a.iss, change));
    expect((await a.record())?.changes).toHaveLength(changes.length);
  });

  test('of content that comes back from the trash is done by the sweep', async () => {
    const a = server();
    await a.upload(1, '1', 'Prod', unsealed);
    await a.upload(2, '2', 'Prod', { replace: true });
    a.manifests.set(sha256, manifestDigest);
    await a.sweepAll();
    await a.act({ act: 'rollback', to: 'Prod' });
    await a.sweepAll();
    expect(contentsOf(await changeOf(a))).toEqual([contentOf('1')]);
  });

  test("completes the own change beside a peer's that stands, and the peer's stays as it was signed", async () => {
    const [a, b] = [server(), createTestServer(issOf('b'))];
    b.clock.advance(60_000);
    await a.upload(1, '1', 'Prod', unsealed);
    await b.upload(1, '2', 'Prod');
    expect(await a.offer(await b.record(), b.iss)).toMatchObject({ outcome: 'applied', package: { status: 'Downloading' } });
    await a.seal.content(content, metadataOf());
    const { changes } = await a.state();
    expect(changes.flatMap(digestsOf)).toEqual([manifestDigest, contentOf('2').manifestDigest]);
    const theirs = await b.record();
    expect(changes[1]).toEqual(theirs && changesOfRecord(theirs)[0]);
    expect(await a.serves()).toBe(sha256);
    await b.offer(await a.record(), a.iss);
    expect(await b.record()).toEqual(await a.record());
  });

  test("meets a peer's equal upload without a conflict", async () => {
    const [a, b] = [server(), createTestServer(issOf('b'))];
    await a.upload(1, '1', 'Prod', unsealed);
    await b.upload(1, '1', 'Prod');
    expect(await a.offer(await b.record(), b.iss)).toMatchObject({ outcome: 'applied', package: { status: 'Public' } });
    await a.seal.content(content, metadataOf());
    await b.offer(await a.record(), a.iss);
    expect(await b.record()).toEqual(await a.record());
    expect((await b.record())?.changes).toHaveLength(2);
    for (const one of [a, b]) expect(await one.list({ inConflict: true })).toEqual([]);
    expect(await a.types()).not.toContain('PackageConflictDetected');
  });

  test('gives way to a change that is made at the same time, and follows it', async () => {
    const a = server();
    await a.upload(1, '1', 'Test', unsealed);
    await Promise.all([
      a.seal.content(content, metadataOf()),
      a.act({ act: 'move', to: 'Prod' }),
      a.seal.content(content, metadataOf()),
    ]);
    expect(digestsOf(await changeOf(a))).toEqual([manifestDigest]);
    expect((await a.list())[0]).toMatchObject({ stage: 'Prod', content: contentOf('1') });
  });

  test('seals what came since, also when it is told again under the same command id', async () => {
    const a = server();
    const metadata = metadataOf();
    await a.upload(1, '1', 'Prod', unsealed);
    await a.seal.content(content, metadata);
    await a.upload(2, '2', 'Prod', { replace: true });
    await a.upload(3, '1', 'Prod', { ...unsealed, replace: true });
    await a.seal.content(content, metadata);
    expect(digestsOf(await changeOf(a))).toEqual([manifestDigest]);
  });

  test('waits for the key', async () => {
    const a = server();
    await a.upload(1, '1', 'Prod', unsealed);
    a.settings.reachable = false;
    const metadata = metadataOf();
    await expect(a.seal.content(content, metadata)).rejects.toMatchObject({ code: 'COMMON_SERVICE_UNAVAILABLE' });
    a.settings.reachable = true;
    await a.seal.content(content, metadata);
    expect(digestsOf(await changeOf(a))).toEqual([manifestDigest]);
  });
});

test('the sweep seals what storage has a manifest of, and leaves the rest', async () => {
  const a = server();
  await a.upload(1, '1', 'Prod', { ...unsealed, filename: 'One.pkg' });
  await a.upload(2, '2', 'Prod', { ...unsealed, filename: 'Two.pkg' });
  a.manifests.set(sha256, manifestDigest);
  await a.sweepAll();
  expect(digestsOf(await changeOf(a, 'One.pkg'))).toEqual([manifestDigest]);
  expect(digestsOf(await changeOf(a, 'Two.pkg'))).toEqual(['']);
});

test('a package that cannot be sealed keeps no other one from it', async () => {
  const a = server();
  await a.upload(1, '1', 'Prod', { ...unsealed, filename: 'One.pkg' });
  await a.upload(2, '1', 'Prod', { ...unsealed, filename: 'Two.pkg' });
  await a.upload(3, '2', 'Prod', { ...unsealed, filename: 'Three.pkg' });
  a.manifests.set(sha256, manifestDigest).set(shaOf('2'), contentOf('2').manifestDigest);
  a.settings.refusedSignatures = 1;
  await expect(a.sweepAll()).rejects.toMatchObject({ code: 'COMMON_SERVICE_UNAVAILABLE' });
  const changes = await Promise.all(['One.pkg', 'Two.pkg', 'Three.pkg'].map((name) => changeOf(a, name)));
  expect(changes.flatMap(digestsOf).filter((digest) => digest !== '')).toHaveLength(2);
});
