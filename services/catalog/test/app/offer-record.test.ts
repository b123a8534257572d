import type { PackageRecord } from '@odst/contracts/catalog';
import { describe, expect, test } from 'vitest';
import { contentOf, issOf, nomadUuid, shaOf } from '../support/records.ts';
import { createTestServer, metadataOf } from '../support/test-server.ts';

const from = issOf('a');

const get = (server: ReturnType<typeof createTestServer>) => server.find.get({ reference: 'NoMAD.pkg', alsoDeleted: true });
const wanted = (server: ReturnType<typeof createTestServer>) => server.find.wanted({ after: '', limit: 0 });

describe('a record that a peer offers', () => {
  test('is wanted where it is admitted, and public once its bytes are here', async () => {
    const [a, b] = [createTestServer(from), createTestServer(issOf('b'))];
    await a.upload(1, '1', 'Prod');
    expect(await b.offer(await a.record(), from)).toMatchObject({
      outcome: 'applied',
      package: { id: 1, status: 'Downloading', serves: 'Prod' },
      held: [],
    });
    expect(await wanted(b)).toMatchObject({
      contents: [{ sha256: shaOf('1'), manifestDigest: contentOf('1').manifestDigest, packageUuid: nomadUuid, fromIss: from }],
      next: '',
    });
    const awaited = { filename: 'NoMAD.pkg', sha256: shaOf('1'), sizeBytes: 3_000_000n, isAwaited: true };
    expect(await b.find.content('NoMAD.pkg')).toMatchObject({ ...awaited, modifiedAt: undefined });
    await b.fetched(shaOf('1'));
    expect(await get(b)).toMatchObject({ package: { status: 'Public' } });
    const { modifiedAt } = await a.find.content('NoMAD.pkg');
    expect(await b.find.content('NoMAD.pkg')).toMatchObject({ ...awaited, isAwaited: false, modifiedAt: modifiedAt as Date });
    expect(await wanted(b)).toEqual({ contents: [], next: '' });
    expect(await b.types()).toEqual(['PackageAnnounced', 'PackageWanted', 'PackageServedHeadChanged', 'PackagePublished']);
  });

  test('is public at once where the bytes are here under another name', async () => {
    const [a, b] = [createTestServer(from), createTestServer(issOf('b'))];
    await b.upload(1, '1', 'Prod', { filename: 'Other.pkg' });
    await a.upload(1, '1', 'Prod');
    expect(await b.offer(await a.record(), from)).toMatchObject({ outcome: 'applied', package: { id: 2, status: 'Public' } });
  });

  test('is withheld where it is not admitted, out of the list, until it is promoted', async () => {
    const [a, b] = [createTestServer(from), createTestServer(issOf('b'))];
    await a.upload(1, '1', 'Dev');
    expect(await b.offer(await a.record(), from)).toMatchObject({ package: { status: 'Withheld', serves: '', stage: 'Dev' } });
    expect(await b.list()).toEqual([]);
    await expect(b.find.content('NoMAD.pkg')).rejects.toMatchObject({ code: 'CATALOG_PACKAGE_UNKNOWN' });
    expect(await b.list({ status: 'Withheld' })).toHaveLength(1);
    expect(await b.find.names(shaOf('1'))).toEqual({ named: true });
    await a.act({ act: 'promote', to: 'Prod' });
    expect(await b.offer(await a.record(), from)).toMatchObject({ outcome: 'applied', package: { status: 'Downloading' } });
    expect(await b.types()).toEqual(['PackageAnnounced', 'PackagePromoted', 'PackageWanted', 'PackageServedHeadChanged']);
  });

  test('that is known changes nothing', async () => {
    const [a, b] = [createTestServer(from), createTestServer(issOf('b'))];
    await a.upload(1, '1', 'Prod');
    await b.offer(await a.record(), from);
    expect(await b.offer(await a.record(), from)).toMatchObject({ outcome: 'ignored', package: { version: 3n }, held: [] });
    expect(await a.offer(await b.record(), issOf('b'))).toMatchObject({ outcome: 'ignored' });
  });

  test('that is older than what is known changes nothing, and nobody is asked about it', async () => {
    const [a, b] = [createTestServer(from), createTestServer(issOf('b'))];
    await a.upload(1, '1', 'Dev');
    const old = await a.record();
    await a.act({ act: 'promote', to: 'Prod' });
    await b.offer(await a.record(), from);
    await a.act({ act: 'delete' });
    await b.offer(await a.record(), from);
    const types = await b.types();
    b.settings.reachable = false;
    // The promotion had seen it: in the head of Dev it is ended, and it concerns no other.
    expect(await b.offer(old, from)).toMatchObject({ outcome: 'ignored', held: [] });
    expect(await b.types()).toEqual(types);
  });

  test('is answered the same when it is offered again under its command id', async () => {
    const [a, b] = [createTestServer(from), createTestServer(issOf('b'))];
    await a.upload(1, '1', 'Prod');
    const offered = { record: await a.record(), fromIss: from, writers: [] };
    const metadata = metadataOf();
    const first = await b.offerRecord(offered, metadata);
    expect(first).toMatchObject({ outcome: 'applied' });
    expect((await b.offerRecord(offered, metadata)).package).toEqual(first.package);
    expect(await b.types()).toHaveLength(3);
  });

  test('is merged into what became of the package while it was checked', async () => {
    const [a, b] = [createTestServer(from), createTestServer(issOf('b'))];
    await a.upload(1, '1', 'Prod');
    b.settings.onServerAsked = async () => {
      b.settings.onServerAsked = async () => undefined;
      await b.upload(1, '2', 'Prod');
    };
    const offered = await b.offer(await a.record(), from);
    expect(offered).toMatchObject({ outcome: 'applied', package: { id: 1, heads: [{ contenders: [{}, {}] }] } });
    expect(await b.types()).toEqual(expect.arrayContaining(['PackageUploaded', 'PackageConflictDetected']));
  });

  test('with newer bytes leaves the older ones served until they are here', async () => {
    const [a, b] = [createTestServer(from), createTestServer(issOf('b'))];
    await a.upload(1, '1', 'Prod');
    b.held.add(shaOf('1'));
    await b.offer(await a.record(), from);
    await a.upload(2, '2', 'Prod', { replace: true });
    expect(await b.offer(await a.record(), from)).toMatchObject({ package: { status: 'Downloading', trash: [] } });
    expect(await b.serves()).toBe(shaOf('1'));
    expect(await b.find.names(shaOf('1'))).toEqual({ named: true });
    await b.fetched(shaOf('2'));
    expect(await b.serves()).toBe(shaOf('2'));
  });

  test('in conflict leaves the same winner on both sides, and names both contents', async () => {
    const [a, b] = [createTestServer(from), createTestServer(issOf('b'))];
    await a.upload(1, '1', 'Prod');
    b.clock.advance(60_000);
    await b.upload(1, '2', 'Prod');
    expect(await b.offer(await a.record(), from)).toMatchObject({ outcome: 'applied', package: { status: 'Public' } });
    expect(await a.offer(await b.record(), issOf('b'))).toMatchObject({ outcome: 'applied', package: { status: 'Downloading' } });
    expect(await a.record()).toEqual(await b.record());
    expect((await a.state()).heads[2]).toMatchObject({ content: contentOf('2'), isConflicted: true });
    for (const server of [a, b]) {
      for (const content of ['1', '2']) expect(await server.find.names(shaOf(content))).toEqual({ named: true });
      expect((await server.types()).filter((type) => type === 'PackageConflictDetected')).toHaveLength(1);
    }
    // Until the winner's bytes are here, what was there is served.
    expect(await a.serves()).toBe(shaOf('1'));
    await a.fetched(shaOf('2'));
    expect(await a.serves()).toBe(shaOf('2'));
  });

  test('with an act on another head is no conflict', async () => {
    const [a, b] = [createTestServer(from), createTestServer(issOf('b'))];
    await a.upload(1, '1', 'Prod');
    await b.upload(1, '2', 'Test');
    await b.offer(await a.record(), from);
    await a.offer(await b.record(), issOf('b'));
    expect(await a.record()).toEqual(await b.record());
    for (const server of [a, b]) expect(await server.list({ inConflict: true })).toEqual([]);
    expect(await a.serves()).toBe(shaOf('1'));
  });

  test('travels on through a third server with the signature of the first', async () => {
    const [a, b, c] = [createTestServer(from), createTestServer(issOf('b')), createTestServer(issOf('c'))];
    await a.upload(1, '1', 'Prod');
    await b.offer(await a.record(), from);
    expect(await b.record()).toEqual(await a.record());
    expect(await c.offer(await b.record(), issOf('b'))).toMatchObject({ outcome: 'applied' });
    expect(await c.record()).toEqual(await a.record());
  });

  test.each<[string, (record: PackageRecord) => PackageRecord]>([
    ['with the id of another name', (record) => ({ ...record, uuid: 'f'.repeat(32) })],
    ['of a name that is none', (record) => ({ ...record, filename: '../x.pkg' })],
    ['without a change', (record) => ({ ...record, changes: [] })],
    ['of more than 1,000 changes', (record) => ({ ...record, changes: Array(1_001).fill(record.changes[0]) })],
  ])('%s is refused as a whole', async (_what, spoil) => {
    const [a, b] = [createTestServer(from), createTestServer(issOf('b'))];
    await a.upload(1, '1', 'Dev');
    const record = spoil((await a.record()) as PackageRecord);
    await expect(b.offer(record, from)).rejects.toMatchObject({ code: 'CATALOG_RECORD_INVALID' });
    expect(await b.types()).toEqual([]);
  });

  test('whose changes name what it does not say is passed over', async () => {
    const [a, b] = [createTestServer(from), createTestServer(issOf('b'))];
    await a.upload(1, '1', 'Dev');
    const record = { ...((await a.record()) as PackageRecord), bodies: [] };
    expect(await b.offer(record, from)).toEqual({ outcome: 'ignored', package: undefined, held: [] });
    expect(await b.types()).toEqual([]);
  });

  test('without a record or a sender is malformed', async () => {
    const b = createTestServer(issOf('b'));
    for (const fromIss of [from, '']) {
      await expect(b.offerRecord({ record: undefined, fromIss, writers: [] }, metadataOf())).rejects.toMatchObject({
        code: 'COMMON_REQUEST_INVALID',
      });
    }
  });

  test('keeps the numbers of packages apart when several arrive at once', async () => {
    const [a, b] = [createTestServer(from), createTestServer(issOf('b'))];
    const names = ['A.pkg', 'B.pkg', 'C.pkg'];
    const uploads = await Promise.all(
      names.map((filename, index) => a.upload(index + 1, String(index + 1), 'Prod', { filename })),
    );
    const records = await Promise.all(uploads.map((upload) => a.record(upload.package?.uuid)));
    await Promise.all([...records, ...records].map((record) => b.offer(record, from)));
    const packages = await b.list();
    expect(new Set(packages.map(({ id }) => id)).size).toBe(3);
    expect(packages.map(({ version }) => version)).toEqual([3n, 3n, 3n]);
  });
});
