import { PackagesServiceService } from '@odst/contracts/catalog';
import { eventually } from '@odst/testing';
import { describe, expect, test } from 'vitest';
import { contentOf, issOf, shaOf } from './support/records.ts';
import { startTestCatalog } from './support/running-catalog.ts';
import { uploadOf } from './support/test-server.ts';

const caller = { actor: 'account:admin', remoteAddress: '192.0.2.7', correlationId: 'c1', causationId: '', traceparent: '' };

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
    const offered = await b.clients.sync.offerRecord({ record: made.package?.record, fromIss: a.iss });
    expect(offered).toMatchObject({ outcome: 'applied', package: { status: 'Downloading' } });
    expect(await b.clients.sync.listWanted({})).toMatchObject({ contents: [{ sha256: shaOf('1'), fromIss: a.iss }] });
    await b.verifyBlob(shaOf('1'));
    await eventually(async () => (await b.clients.gateway.getPackage({ reference: '1' })).package?.status === 'Public');
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
    await eventually(() => told.length === 2);
    expect(told).toEqual([
      'org.odst.catalog.PackageUploaded.v1 account:admin c1',
      'org.odst.catalog.PackagePublished.v1 account:admin c1',
    ]);
    const events = await Array.fromAsync(a.clients.events.readEvents({ afterPosition: 0n, follow: false }));
    expect(events.map(({ event }) => event?.type)).toEqual(['PackageUploaded', 'PackagePublished']);
  });

  test('judges every record again when the server has another stage', async () => {
    await using pair = await startPair();
    const { a, b } = pair;
    const made = await a.clients.storage.registerUpload(uploadOf(1, '1', 'Dev'), { caller });
    const offered = await b.clients.sync.offerRecord({ record: made.package?.record, fromIss: a.iss });
    expect(offered).toMatchObject({ package: { status: 'Withheld' } });
    await b.changeServerStage('Dev');
    await eventually(async () => (await b.clients.sync.listWanted({})).contents.length === 1);
    await b.changeServerStage('Test');
    await eventually(async () => (await b.clients.sync.listWanted({})).contents.length === 0);
  });

  test('finds after a start what nobody told it', async () => {
    await using pair = await startPair();
    const { a, b } = pair;
    const made = await a.clients.storage.registerUpload(uploadOf(1, '1', 'Prod'), { caller });
    await b.clients.sync.offerRecord({ record: made.package?.record, fromIss: a.iss });
    const clients = await b.restart(() => void b.held.add(shaOf('1')));
    await eventually(async () => (await clients.gateway.getPackage({ reference: 'NoMAD.pkg' })).package?.status === 'Public');
  });

  test('passes over what a newer storage tells, and goes on with what it knows', async () => {
    await using pair = await startPair();
    const { a, b } = pair;
    const made = await a.clients.storage.registerUpload(uploadOf(1, '1', 'Prod'), { caller });
    await b.clients.sync.offerRecord({ record: made.package?.record, fromIss: a.iss });
    const blob = shaOf('1');
    await b.tellOfBlob(blob, { type: 'BlobTeleported', schemaVersion: 1, data: { blob } });
    await b.tellOfBlob(blob, { type: 'BlobVerified', schemaVersion: 2, data: { content: { sha256: blob } } });
    await b.verifyBlob(blob);
    await eventually(async () => (await b.clients.gateway.getPackage({ reference: '1' })).package?.status === 'Public');
    expect(await b.deadLetters.count()).toBe(0);
  });

  test('seals an upload once storage has made its manifest, and a peer takes the record then', async () => {
    await using pair = await startPair();
    const { a, b } = pair;
    const made = await a.clients.storage.registerUpload(uploadOf(1, '1', 'Prod', { manifestDigest: '' }), { caller });
    expect(made).toMatchObject({ outcome: 'created', package: { status: 'Public' } });
    const record = async () => (await a.clients.gateway.getPackage({ reference: '1' })).package?.record;
    await expect(b.clients.sync.offerRecord({ record: await record(), fromIss: a.iss })).rejects.toMatchObject({
      code: 'CATALOG_RECORD_INVALID',
    });
    a.held.add(shaOf('1'));
    await a.sealBlob(shaOf('1'), contentOf('1').manifestDigest);
    await eventually(async () => (await record())?.manifestDigest === contentOf('1').manifestDigest);
    const offered = await b.clients.sync.offerRecord({ record: await record(), fromIss: a.iss });
    expect(offered).toMatchObject({ outcome: 'applied', package: { status: 'Downloading' } });
    const events = await Array.fromAsync(a.clients.events.readEvents({ afterPosition: 0n, follow: false }));
    expect(events.map(({ event }) => event?.type)).toEqual(['PackageUploaded', 'PackagePublished', 'PackageSealed']);
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
      (await clients.gateway.getPackage({ reference })).package?.record?.manifestDigest;
    await eventually(async () => (await digestOf('1')) === manifestDigest);
    expect(await digestOf('2')).toBe('');
  });

  test('tells errors with their codes', async () => {
    await using pair = await startPair();
    const { a, b, ring } = pair;
    const made = await a.clients.storage.registerUpload(uploadOf(1, '1', 'Prod'), { caller });
    const record = made.package?.record;
    if (record === undefined) throw new Error('no record');
    const offer = (changed: typeof record) => b.clients.sync.offerRecord({ record: changed, fromIss: a.iss });
    await expect(offer({ ...record, stage: 'Test' })).rejects.toMatchObject({ code: 'CATALOG_RECORD_INVALID' });
    ring.delete(a.iss);
    await expect(offer(record)).rejects.toMatchObject({ code: 'CATALOG_RECORD_SIGNER_UNKNOWN' });
    await expect(b.clients.gateway.getPackage({ reference: '1' })).rejects.toMatchObject({ code: 'CATALOG_PACKAGE_UNKNOWN' });
    await expect(a.clients.gateway.changeStage({ id: 1, stage: 'Test', sha256: '', expectedVersion: 9n })).rejects.toMatchObject({
      code: 'COMMON_COMMAND_CONFLICT',
    });
  });

  test('is closed to those who are not in the access table', async () => {
    await using pair = await startPair();
    const asSync = pair.a.connectAs('sync', 'catalog').client(PackagesServiceService);
    await expect(asSync.registerUpload(uploadOf(1, '1', 'Prod'))).rejects.toMatchObject({ code: 'COMMON_ACCESS_DENIED' });
  });

  test('promotes with the version that the admin saw', async () => {
    await using pair = await startPair();
    const { a } = pair;
    const made = await a.clients.storage.registerUpload(uploadOf(1, '1', 'Test'), { caller });
    const request = { id: 1, stage: 'Prod', sha256: shaOf('1'), expectedVersion: made.package?.version ?? 0n };
    const changed = await a.clients.gateway.changeStage(request, { caller });
    expect(changed).toMatchObject({ package: { version: 3n, record: { stage: 'Prod' } } });
    expect(await a.clients.gateway.listPackages({ stage: 'Prod', status: '' })).toEqual({ packages: [changed.package] });
  });
});
