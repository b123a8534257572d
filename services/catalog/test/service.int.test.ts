import { type PackageRecord, PackagesServiceService } from '@odst/contracts/catalog';
import { eventually } from '@odst/testing';
import { describe, expect, test } from 'vitest';
import { contentOf, issOf, nomadUuid, shaOf } from './support/records.ts';
import { startTestCatalog } from './support/running-catalog.ts';
import { actOf, listOf, uploadOf } from './support/test-server.ts';

type Running = Awaited<ReturnType<typeof startTestCatalog>>;

/** The record of NoMAD.pkg as sync reads it to tell peers; undefined for none. */
async function recordOf({ clients }: Pick<Running, 'clients'>): Promise<PackageRecord | undefined> {
  const [found] = await Array.fromAsync(clients.sync.getRecords({ uuids: [nomadUuid] }));
  return found?.record;
}

const caller = { actor: 'account:admin', remoteAddress: '192.0.2.7', correlationId: 'c1', causationId: '', traceparent: '' };

/** What a new package leads to on the server that it is uploaded to. */
const newPackage = ['PackageUploaded', 'PackagePublished', 'PackageServedHeadChanged'];

async function startPair() {
  await using stack = new AsyncDisposableStack();
  const ring = new Map();
  const a = stack.use(await startTestCatalog(issOf('a'), ring));
  const b = stack.use(await startTestCatalog(issOf('b'), ring));
  const started = stack.move();
  return { a, b, ring, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

describe('catalog over gRPC', () => {
  test('takes an upload on one server and makes it public on the other once storage has the bytes', async () => {
    await using pair = await startPair();
    const { a, b } = pair;
    const made = await a.clients.storage.registerUpload(uploadOf(1, '1', 'Prod'), { caller });
    expect(made).toMatchObject({ outcome: 'created', package: { id: 1, status: 'Public' } });
    const offered = await b.clients.sync.offerRecord({ record: await recordOf(a), fromIss: a.iss, writers: [] });
    expect(offered).toMatchObject({ outcome: 'applied', package: { status: 'Downloading' } });
    expect(await b.clients.sync.listWanted({ after: '', limit: 0 })).toMatchObject({
      contents: [{ sha256: shaOf('1'), fromIss: a.iss }],
    });
    await b.verifyBlob(shaOf('1'));
    await eventually(
      async () => (await b.clients.gateway.getPackage({ reference: '1', alsoDeleted: false })).package?.status === 'Public',
    );
    expect(await b.clients.gateway.findContent({ filename: 'NoMAD.pkg' })).toMatchObject({ sha256: shaOf('1') });
  });

  test('publishes its events with who caused them, and offers them from its log', async () => {
    await using pair = await startPair();
    const { a } = pair;
    const told: string[] = [];
    await using _listening = await a.bus.subscribe({
      topics: [a.bus.topicOf('catalog')],
      group: 'test.listener',
      handler: async ({ event }) => void told.push(`${event.type} ${event.actor} ${event.correlationid}`),
    });
    await a.clients.storage.registerUpload(uploadOf(1, '1', 'Prod'), { caller });
    await eventually(() => told.length === newPackage.length);
    expect(told).toEqual(newPackage.map((type) => `org.odst.catalog.${type}.v1 account:admin c1`));
    const events = await Array.fromAsync(a.clients.events.readEvents({ afterPosition: 0n, follow: false }));
    expect(events.map(({ event }) => event?.type)).toEqual(newPackage);
  });

  test('judges every record again when the server has another stage', async () => {
    await using pair = await startPair();
    const { a, b } = pair;
    await a.clients.storage.registerUpload(uploadOf(1, '1', 'Dev'), { caller });
    const offered = await b.clients.sync.offerRecord({ record: await recordOf(a), fromIss: a.iss, writers: [] });
    expect(offered).toMatchObject({ package: { status: 'Withheld' } });
    await b.changeServerStage('Dev');
    await eventually(async () => (await b.clients.sync.listWanted({ after: '', limit: 0 })).contents.length === 1);
    await b.changeServerStage('Test');
    await eventually(async () => (await b.clients.sync.listWanted({ after: '', limit: 0 })).contents.length === 0);
  });

  test('finds after a start what nobody told it', async () => {
    await using pair = await startPair();
    const { a, b } = pair;
    await a.clients.storage.registerUpload(uploadOf(1, '1', 'Prod'), { caller });
    await b.clients.sync.offerRecord({ record: await recordOf(a), fromIss: a.iss, writers: [] });
    const clients = await b.restart(() => void b.held.add(shaOf('1')));
    await eventually(
      async () => (await clients.gateway.getPackage({ reference: 'NoMAD.pkg', alsoDeleted: false })).package?.status === 'Public',
    );
  });

  test('passes over what a newer storage tells, and goes on with what it knows', async () => {
    await using pair = await startPair();
    const { a, b } = pair;
    await a.clients.storage.registerUpload(uploadOf(1, '1', 'Prod'), { caller });
    await b.clients.sync.offerRecord({ record: await recordOf(a), fromIss: a.iss, writers: [] });
    const blob = shaOf('1');
    await b.tellOfBlob(blob, { type: 'BlobTeleported', schemaVersion: 1, data: { blob } });
    await b.tellOfBlob(blob, { type: 'BlobVerified', schemaVersion: 2, data: { content: { sha256: blob } } });
    await b.verifyBlob(blob);
    await eventually(
      async () => (await b.clients.gateway.getPackage({ reference: '1', alsoDeleted: false })).package?.status === 'Public',
    );
    expect(await b.deadLetters.count()).toBe(0);
  });

  test('seals an upload once storage has made its manifest, and a peer takes the record then', async () => {
    await using pair = await startPair();
    const { a, b } = pair;
    const made = await a.clients.storage.registerUpload(uploadOf(1, '1', 'Prod', { manifestDigest: '' }), { caller });
    expect(made).toMatchObject({ outcome: 'created', package: { status: 'Public' } });
    expect(await recordOf(a)).toBeUndefined();
    a.held.add(shaOf('1'));
    await a.sealBlob(shaOf('1'), contentOf('1').manifestDigest);
    await eventually(async () => (await recordOf(a)) !== undefined);
    const offered = await b.clients.sync.offerRecord({ record: await recordOf(a), fromIss: a.iss, writers: [] });
    expect(offered).toMatchObject({ outcome: 'applied', held: [], package: { status: 'Downloading', content: contentOf('1') } });
    const events = await Array.fromAsync(a.clients.events.readEvents({ afterPosition: 0n, follow: false }));
    expect(events.map(({ event }) => event?.type)).toEqual([...newPackage, 'PackageSealed']);
  });

  test('seals after a start what nobody told it', async () => {
    await using pair = await startPair();
    const { a } = pair;
    await a.clients.storage.registerUpload(uploadOf(1, '1', 'Prod', { manifestDigest: '' }), { caller });
    await a.clients.storage.registerUpload(uploadOf(2, '2', 'Prod', { manifestDigest: '', filename: 'Other.pkg' }), { caller });
    const { manifestDigest } = contentOf('1');
    const clients = await a.restart(() => {
      for (const content of ['1', '2']) a.held.add(shaOf(content));
      a.manifests.set(shaOf('1'), manifestDigest);
    });
    const digestOf = async (reference: string) =>
      (await clients.gateway.getPackage({ reference, alsoDeleted: false })).package?.content?.manifestDigest;
    await eventually(async () => (await digestOf('1')) === manifestDigest);
    expect(await digestOf('2')).toBe('');
  });

  test('holds back a change whose signature does not hold, or whose signer is not known, and tells why', async () => {
    await using pair = await startPair();
    const { a, b, ring } = pair;
    await a.clients.storage.registerUpload(uploadOf(1, '1', 'Prod'), { caller });
    const record = await recordOf(a);
    if (record === undefined) throw new Error('no record');
    const offer = (changed: typeof record) => b.clients.sync.offerRecord({ record: changed, fromIss: a.iss, writers: [] });
    const bodies = record.bodies.map((body) => ({ ...body, reason: 'not what was signed' }));
    expect(await offer({ ...record, bodies })).toMatchObject({
      outcome: 'ignored',
      held: [{ code: 'CATALOG_CHANGE_INVALID', signedBy: a.iss, isFinal: true }],
    });
    const keys = ring.get(a.iss);
    ring.delete(a.iss);
    const unknown = await offer(record);
    expect(unknown).toMatchObject({ held: [{ code: 'CATALOG_CHANGE_SIGNER_UNKNOWN', signedBy: a.iss, isFinal: false }] });
    ring.set(a.iss, keys);
    expect(await offer(unknown.held[0]?.record ?? record)).toMatchObject({ outcome: 'applied', held: [] });
    expect(await recordOf(b)).toEqual(record);
  });

  test('asks before it follows a deletion, keeps the content in the trash, and gives it up when the days are over', async () => {
    await using pair = await startPair();
    const { a, b } = pair;
    const found = async () =>
      (await b.clients.gateway.getPackage({ reference: '1', alsoDeleted: true })).package ?? expect.fail('no package');
    await b.changePolicy({ deletions: 'ask', trashDays: 30 });
    await a.clients.storage.registerUpload(uploadOf(1, '1', 'Prod'), { caller });
    b.held.add(shaOf('1'));
    await b.clients.sync.offerRecord({ record: await recordOf(a), fromIss: a.iss, writers: [] });
    await a.clients.gateway.changePackage(actOf({ act: 'delete' }), { caller });
    await b.clients.sync.offerRecord({ record: await recordOf(a), fromIss: a.iss, writers: [] });
    expect(await found()).toMatchObject({ awaitsConfirmation: true, serves: 'Prod', heads: [] });
    expect(await b.clients.gateway.findContent({ filename: 'NoMAD.pkg' })).toMatchObject({ sha256: shaOf('1') });
    await b.changePolicy({ deletions: 'follow', trashDays: 30 });
    await eventually(async () => (await found()).trash.length === 1);
    expect(await found()).toMatchObject({ awaitsConfirmation: false, status: 'Deleted', trash: [{ content: contentOf('1') }] });
    const named = async () => (await b.clients.names.namesContent({ sha256: shaOf('1') })).named;
    expect(await named()).toBe(true);
    await b.changePolicy({ deletions: 'follow', trashDays: 0 });
    await eventually(async () => !(await named()));
    expect(await found()).toMatchObject({ trash: [] });
  });

  test('tells errors with their codes', async () => {
    await using pair = await startPair();
    const { a, b } = pair;
    await a.clients.storage.registerUpload(uploadOf(1, '1', 'Prod'), { caller });
    const record = await recordOf(a);
    if (record === undefined) throw new Error('no record');
    await expect(
      b.clients.sync.offerRecord({ record: { ...record, filename: 'x.pkg' }, fromIss: a.iss, writers: [] }),
    ).rejects.toMatchObject({
      code: 'CATALOG_RECORD_INVALID',
    });
    await expect(b.clients.gateway.getPackage({ reference: '1', alsoDeleted: false })).rejects.toMatchObject({
      code: 'CATALOG_PACKAGE_UNKNOWN',
    });
    for (const [request, code] of [
      [{ act: 'move', to: 'Test', expectedVersion: 9n }, 'COMMON_COMMAND_CONFLICT'],
      [{ act: 'promote', to: 'Prod' }, 'CATALOG_HEAD_EMPTY'],
      [{ act: 'delete', sha256: shaOf('2') }, 'CATALOG_CONTENT_CHANGED'],
    ] as const) {
      await expect(a.clients.gateway.changePackage(actOf(request))).rejects.toMatchObject({ code });
    }
  });

  test('is closed to those who are not in the access table', async () => {
    await using pair = await startPair();
    const asSync = pair.a.connectAs('sync', 'catalog').client(PackagesServiceService);
    await expect(asSync.registerUpload(uploadOf(1, '1', 'Prod'))).rejects.toMatchObject({ code: 'COMMON_ACCESS_DENIED' });
  });

  test('acts with the version that the admin saw, and tells what it did, what was and what happened', async () => {
    await using pair = await startPair();
    const { a, b } = pair;
    a.held.add(shaOf('1'));
    const { package: made } = await a.clients.storage.registerUpload(uploadOf(1, '1', 'Test'), { caller });
    const request = actOf({ act: 'move', to: 'Prod', sha256: shaOf('1'), expectedVersion: made?.version ?? 0n });
    const dry = await a.clients.gateway.changePackage({ ...request, dryRun: true }, { caller });
    expect(dry).toMatchObject({ package: { version: 3n, stage: 'Test' } });
    const changed = await a.clients.gateway.changePackage(request, { caller });
    expect(changed).toMatchObject({ effects: dry.effects, package: { version: 5n, stage: 'Prod', heads: [{ stage: 'Prod' }] } });
    expect(changed.effects.map(({ before, after }) => [before?.sha256, after?.sha256])).toEqual([
      [shaOf('1'), shaOf('1')],
      [shaOf('1'), shaOf('1')],
      [undefined, shaOf('1')],
    ]);
    expect(await a.clients.gateway.listPackages(listOf({ stage: 'Prod' }))).toEqual({ packages: [changed.package], next: '' });
    await b.clients.sync.offerRecord({ record: await recordOf(a), fromIss: a.iss, writers: [] });
    expect(await recordOf(b)).toEqual(await recordOf(a));
    const deleted = await a.clients.gateway.changePackage(actOf({ act: 'delete' }), { caller });
    expect(deleted).toMatchObject({ package: { status: 'Deleted', heads: [] } });
    const { revisions } = await a.clients.gateway.listRevisions({ id: 1 });
    expect(revisions.map(({ stage, act, stands }) => [stage, act, stands])).toEqual([
      ['Prod', 'promote', false],
      ['Test', 'upload', false],
    ]);
    const { entries } = await a.clients.gateway.listHistory({ id: 1 });
    expect(entries.find(({ type }) => type === 'PackageDeleted')).toMatchObject({ actor: 'account:admin', changedBy: a.iss });
    expect(entries.at(-1)?.type).toBe('PackageUploaded');
  });
});
