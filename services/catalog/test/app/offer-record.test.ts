import type { PackageRecord } from '@odst/contracts/catalog';
import { describe, expect, test } from 'vitest';
import { issOf, nomadUuid, shaOf } from '../support/records.ts';
import { createTestServer, metadataOf } from '../support/test-server.ts';

const from = issOf('a');

describe('a record that a peer offers', () => {
  test('is wanted where it is admitted, and public once its bytes are here', async () => {
    const [a, b] = [createTestServer(from), createTestServer(issOf('b'))];
    const { package: uploaded } = await a.upload(1, '1', 'Prod');
    expect(await b.offer(uploaded, from)).toMatchObject({ outcome: 'applied', package: { id: 1, status: 'Downloading' } });
    expect(await b.find.wanted()).toMatchObject({ contents: [{ sha256: shaOf('1'), packageUuid: nomadUuid, fromIss: from }] });
    const awaited = { filename: 'NoMAD.pkg', sha256: shaOf('1'), sizeBytes: 3_000_000n, isAwaited: true };
    expect(await b.find.content('NoMAD.pkg')).toMatchObject({ ...awaited, modifiedAt: undefined });
    b.held.add(shaOf('1'));
    await b.sweep.content(shaOf('1'), metadataOf('service:catalog'));
    expect(await b.find.get('1')).toMatchObject({ package: { status: 'Public' } });
    const { modifiedAt } = await a.find.content('NoMAD.pkg');
    expect(await b.find.content('NoMAD.pkg')).toMatchObject({ ...awaited, isAwaited: false, modifiedAt: modifiedAt as Date });
    expect(await b.find.wanted()).toEqual({ contents: [] });
  });

  test('is public at once where the bytes are here under another name', async () => {
    const [a, b] = [createTestServer(from), createTestServer(issOf('b'))];
    await b.upload(1, '1', 'Prod', { filename: 'Other.pkg' });
    const { package: uploaded } = await a.upload(1, '1', 'Prod');
    expect(await b.offer(uploaded, from)).toMatchObject({ outcome: 'applied', package: { id: 2, status: 'Public' } });
  });

  test('is withheld where it is not admitted, out of the list, until it is promoted', async () => {
    const [a, b] = [createTestServer(from), createTestServer(issOf('b'))];
    const { package: uploaded } = await a.upload(1, '1', 'Dev');
    expect(await b.offer(uploaded, from)).toMatchObject({ package: { status: 'Withheld' } });
    expect(await b.find.list({ stage: '', status: '' })).toEqual({ packages: [] });
    await expect(b.find.content('NoMAD.pkg')).rejects.toMatchObject({ code: 'CATALOG_PACKAGE_UNKNOWN' });
    expect((await b.find.list({ stage: '', status: 'Withheld' })).packages).toHaveLength(1);
    expect(await b.find.names(shaOf('1'))).toEqual({ named: true });
    const promoted = await a.changeStage({ id: 1, stage: 'Prod', sha256: '', expectedVersion: 0n }, metadataOf());
    expect(await b.offer(promoted.package, from)).toMatchObject({ outcome: 'applied', package: { status: 'Downloading' } });
    expect(await b.types()).toEqual(['PackageWithheld', 'PackageStageChanged', 'PackageAnnounced']);
  });

  test('that is known changes nothing', async () => {
    const [a, b] = [createTestServer(from), createTestServer(issOf('b'))];
    const { package: uploaded } = await a.upload(1, '1', 'Prod');
    await b.offer(uploaded, from);
    expect(await b.offer(uploaded, from)).toMatchObject({ outcome: 'ignored', package: { version: 1n } });
    expect(await a.offer(uploaded, issOf('b'))).toMatchObject({ outcome: 'ignored' });
  });

  test('is answered the same when it is offered again under its command id', async () => {
    const [a, b] = [createTestServer(from), createTestServer(issOf('b'))];
    const { package: uploaded } = await a.upload(1, '1', 'Prod');
    const offered = { record: uploaded?.record, fromIss: from };
    const metadata = metadataOf();
    const first = await b.offerRecord(offered, metadata);
    expect(first).toMatchObject({ outcome: 'applied' });
    expect(await b.offerRecord(offered, metadata)).toEqual(first);
    expect(await b.types()).toHaveLength(1);
  });

  test('is merged into what became of the package while it was checked', async () => {
    const [a, b] = [createTestServer(from), createTestServer(issOf('b'))];
    const { package: uploaded } = await a.upload(1, '1', 'Prod');
    b.settings.onServerAsked = async () => {
      b.settings.onServerAsked = async () => undefined;
      await b.upload(1, '2', 'Prod');
    };
    expect(await b.offer(uploaded, from)).toMatchObject({ outcome: 'conflict', package: { id: 1 } });
    expect(await b.types()).toEqual(expect.arrayContaining(['PackageUploaded', 'PackageConflictDetected']));
  });

  test('with newer bytes leaves the older ones served until they are here', async () => {
    const [a, b] = [createTestServer(from), createTestServer(issOf('b'))];
    const first = await a.upload(1, '1', 'Prod');
    b.held.add(shaOf('1'));
    await b.offer(first.package, from);
    const second = await a.upload(2, '2', 'Prod', { replace: true });
    expect(await b.offer(second.package, from)).toMatchObject({ package: { status: 'Downloading' } });
    expect(await b.find.content('NoMAD.pkg')).toMatchObject({ sha256: shaOf('1') });
    expect(await b.find.names(shaOf('1'))).toEqual({ named: true });
    b.held.add(shaOf('2'));
    await b.sweep.all(metadataOf('service:catalog'));
    expect(await b.find.content('NoMAD.pkg')).toMatchObject({ sha256: shaOf('2') });
    expect(await b.find.names(shaOf('1'))).toEqual({ named: false });
  });

  test('in conflict leaves the same winner on both sides, and names both contents', async () => {
    const [a, b] = [createTestServer(from), createTestServer(issOf('b'))];
    b.clock.advance(60_000);
    const mine = await a.upload(1, '1', 'Prod');
    const theirs = await b.upload(1, '2', 'Test');
    const onB = await b.offer(mine.package, from);
    const onA = await a.offer(theirs.package, issOf('b'));
    expect(onA).toMatchObject({
      outcome: 'conflict',
      package: { status: 'Public', record: { sha256: shaOf('1'), stage: 'Prod' } },
    });
    expect(onB).toMatchObject({ outcome: 'conflict', package: { status: 'Downloading' } });
    expect(onB.package?.record).toEqual(onA.package?.record);
    expect(await b.find.names(shaOf('2'))).toEqual({ named: true });
    expect(await b.offer(onA.package, from)).toMatchObject({ outcome: 'ignored' });
  });

  test('travels on through a third server with the signature of the first', async () => {
    const [a, b, c] = [createTestServer(from), createTestServer(issOf('b'), { stage: 'Dev' }), createTestServer(issOf('c'))];
    const first = await a.upload(1, '1', 'Prod');
    const relayed = await b.offer(first.package, from);
    expect(relayed.package?.record).toEqual(first.package?.record);
    expect(await c.offer(relayed.package, issOf('b'))).toMatchObject({ outcome: 'applied' });
  });

  test.each<[string, (record: PackageRecord) => PackageRecord]>([
    ['with another stage than was signed', (record) => ({ ...record, stage: 'Prod' })],
    ['with other content than was signed', (record) => ({ ...record, sha256: shaOf('9') })],
    ['with a forged concurrent change', (record) => ({ ...record, concurrent: [{ ...record, stage: 'Prod' }] })],
    ['of a broken form', (record) => ({ ...record, uuid: '' })],
  ])('%s is refused and changes nothing', async (_what, forge) => {
    const [a, b] = [createTestServer(from), createTestServer(issOf('b'))];
    const { package: uploaded } = await a.upload(1, '1', 'Dev');
    const record = forge(uploaded?.record as PackageRecord);
    await expect(b.offerRecord({ record, fromIss: from }, metadataOf())).rejects.toMatchObject({
      code: 'CATALOG_RECORD_INVALID',
    });
    expect(await b.types()).toEqual([]);
  });

  test('of a signer that is not known yet is to be offered again', async () => {
    const [a, b] = [createTestServer(from), createTestServer(issOf('b'), { knows: (iss) => iss !== from })];
    const { package: uploaded } = await a.upload(1, '1', 'Prod');
    await expect(b.offer(uploaded, from)).rejects.toMatchObject({ code: 'CATALOG_RECORD_SIGNER_UNKNOWN' });
  });

  test('without a record or a sender is malformed', async () => {
    const b = createTestServer(issOf('b'));
    await expect(b.offerRecord({ record: undefined, fromIss: from }, metadataOf())).rejects.toMatchObject({
      code: 'COMMON_REQUEST_INVALID',
    });
    await expect(b.offerRecord({ record: undefined, fromIss: '' }, metadataOf())).rejects.toMatchObject({
      code: 'COMMON_REQUEST_INVALID',
    });
  });

  test('keeps the numbers of packages apart when several arrive at once', async () => {
    const [a, b] = [createTestServer(from), createTestServer(issOf('b'))];
    const names = ['A.pkg', 'B.pkg', 'C.pkg'];
    const uploads = await Promise.all(
      names.map((filename, index) => a.upload(index + 1, String(index + 1), 'Prod', { filename })),
    );
    await Promise.all([...uploads, ...uploads].map((upload) => b.offer(upload.package, from)));
    const { packages } = await b.find.list({ stage: '', status: '' });
    expect(new Set(packages.map(({ id }) => id)).size).toBe(3);
    expect(packages.map(({ version }) => version)).toEqual([1n, 1n, 1n]);
  });
});

describe('the stage of this server', () => {
  test('judges every record again, without another offer', async () => {
    const [a, b] = [createTestServer(from), createTestServer(issOf('b'))];
    const dev = await a.upload(1, '1', 'Dev');
    const prod = await a.upload(2, '2', 'Prod', { filename: 'Prod.pkg' });
    b.held.add(shaOf('2'));
    await b.offer(dev.package, from);
    await b.offer(prod.package, from);
    b.settings.stage = 'Dev';
    await b.sweep.all(metadataOf('service:catalog'));
    expect(await b.find.wanted()).toMatchObject({ contents: [{ sha256: shaOf('1'), fromIss: from }] });
    b.settings.stage = 'Test';
    await b.sweep.all(metadataOf('service:catalog'));
    expect(await b.find.wanted()).toEqual({ contents: [] });
    expect(await b.find.list({ stage: '', status: '' })).toMatchObject({ packages: [{ status: 'Public' }] });
    await b.sweep.all(metadataOf('service:catalog'));
    expect(await b.types()).toEqual(['PackageWithheld', 'PackagePublished', 'PackageAnnounced', 'PackageWithheld']);
  });
});
