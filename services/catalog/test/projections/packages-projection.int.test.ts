import type { PackageRecord } from '@odst/contracts/catalog';
import { startProjections } from '@odst/projections';
import { describe, expect, test } from 'vitest';
import { createPgPackageNumbers } from '../../src/adapters/pg-package-numbers.ts';
import { entryOf } from '../../src/app/package-view.ts';
import { createStreams } from '../../src/app/streams.ts';
import { createUseCases } from '../../src/app/use-cases.ts';
import { packageStream } from '../../src/domain/package-identity.ts';
import { packagesProjection } from '../../src/projections/packages-projection.ts';
import { createPgPackageRows } from '../../src/projections/pg-package-rows.ts';
import { openCatalogDatabase, testLogger } from '../support/catalog-database.ts';
import { contentOf, issOf, nomadUuid, shaOf } from '../support/records.ts';
import {
  actOf,
  createTestServer,
  hashSignatures,
  listOf,
  metadataOf,
  signatureOf,
  signerOf,
  uploadOf,
} from '../support/test-server.ts';

/** @param patienceMs how long a caller waits for the rows, where a test has them stay behind. Default as in the product */
async function openCatalog(deletions: 'follow' | 'ask' = 'follow', patienceMs?: number) {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await openCatalogDatabase());
  const { pool, schema, store } = database;
  const projections = stack.use(
    await startProjections({ pool, schema, source: store, projections: [packagesProjection], logger: testLogger }),
  );
  const projection = projections.runner('packages');
  const rows = createPgPackageRows(pool, store, {
    ...projection,
    waitFor: (position, timeoutMs = patienceMs) => projection.waitFor(position, timeoutMs),
  });
  const iss = issOf('b');
  const held = new Set<string>();
  const useCases = createUseCases({
    store,
    rows,
    numbers: createPgPackageNumbers(pool),
    clock: { now: () => new Date('2026-01-01T00:00:00Z') },
    epoch: 'e'.repeat(16),
    logger: testLogger,
    allowedExtensions: ['pkg'],
    registration: {
      iss: async () => iss,
      policy: async () => ({ stage: 'Test', deletions, trashDays: 30 }),
      signChange: async (bytes) => signatureOf(iss, bytes),
      signers: async (_toldBy, isses) => new Map(isses.map((signer) => [signer, signerOf(signer)])),
    },
    signatures: hashSignatures,
    blobs: {
      held: async (sha256s) => sha256s.filter((sha256) => held.has(sha256)),
      manifestDigests: async () => new Map(),
    },
  });
  const opened = stack.move();
  return {
    database,
    projections,
    rows,
    held,
    ...useCases,
    act: (request: Parameters<typeof actOf>[0]) => useCases.changePackage(actOf(request), metadataOf()),
    get: (reference: string) => useCases.find.get({ reference, alsoDeleted: true }),
    async list(request: Parameters<typeof listOf>[0] = {}) {
      return (await useCases.find.list(listOf(request))).packages;
    },
    offer: (record: PackageRecord | undefined, fromIss: string) =>
      useCases.offerRecord({ record, fromIss, writers: [] }, metadataOf()),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

describe('the read model of packages', () => {
  test('shows a package to who has just made it', async () => {
    await using catalog = await openCatalog();
    for (let number = 1; number <= 10; number += 1) {
      const filename = `Package ${number}.pkg`;
      const made = await catalog.registerUpload(uploadOf(number, '1', 'Prod', { filename }), metadataOf());
      expect(await catalog.get(filename)).toEqual({ package: made.package });
      expect(await catalog.list()).toHaveLength(number);
    }
  });

  test('says the same as the streams after a life with a conflict, and again when it is built anew', async () => {
    await using catalog = await openCatalog();
    const peer = createTestServer(issOf('a'));
    peer.clock.set('2026-01-01T00:01:00Z');
    await catalog.registerUpload(uploadOf(1, '1', 'Prod'), metadataOf());
    catalog.held.add(shaOf('1'));
    await catalog.registerUpload(uploadOf(2, '2', 'Prod', { replace: true }), metadataOf());
    await catalog.registerUpload(uploadOf(3, '3', 'Test', { replace: true, manifestDigest: '' }), metadataOf());
    await peer.upload(1, '4', 'Prod');
    const met = await catalog.offer(await peer.record(), peer.iss);
    expect(met).toMatchObject({ outcome: 'applied', package: { id: 1, serves: 'Test', trash: [{ content: contentOf('1') }] } });
    expect(await catalog.list({ inConflict: true })).toEqual([met.package]);
    expect(await catalog.find.content('NoMAD.pkg')).toMatchObject({ sha256: shaOf('3') });
    for (const content of ['1', '2', '3', '4']) {
      expect(await catalog.find.names(shaOf(content))).toEqual({ named: true });
    }
    await catalog.rows.caughtUp();
    const { packages } = createStreams(catalog.database.store);
    const stored = entryOf(await packages.load(packageStream(nomadUuid)));
    expect(await catalog.rows.byUuid(nomadUuid)).toEqual(stored);

    await catalog.projections[Symbol.asyncDispose]();
    const { pool, schema, store } = catalog.database;
    await using again = await startProjections({
      pool,
      schema,
      source: store,
      projections: [{ ...packagesProjection, version: packagesProjection.version + 1 }],
      logger: testLogger,
    });
    const rows = createPgPackageRows(pool, store, again.runner('packages'));
    await rows.caughtUp();
    expect(await rows.byUuid(nomadUuid)).toEqual(stored);
  });

  test('passes over what a newer program wrote, and goes on behind it', async () => {
    await using catalog = await openCatalog();
    await catalog.database.store.append({
      stream: `package-${'f'.repeat(32)}`,
      expectedVersion: 0,
      events: [
        { type: 'PackageTeleported', schemaVersion: 1, data: { to: 'the moon' } },
        { type: 'PackagePublished', schemaVersion: 2, data: { state: {} } },
      ],
      metadata: metadataOf(),
    });
    const made = await catalog.registerUpload(uploadOf(1, '1', 'Prod'), metadataOf());
    await catalog.rows.caughtUp();
    expect(await catalog.get('NoMAD.pkg')).toEqual({ package: made.package });
    expect(catalog.projections.runner('packages').failure()).toBeUndefined();
  });

  test('lists by status, stage, name, conflict and trash, in any order, a page at a time', async () => {
    await using catalog = await openCatalog();
    const peer = createTestServer(issOf('a'));
    const filenames = ['Dev 10%.pkg', 'b_!.pkg', 'Größe.pkg', 'a.pkg'];
    for (const [index, filename] of filenames.entries()) {
      const { package: made } = await peer.upload(index + 1, String(index + 1), index === 0 ? 'Dev' : 'Prod', { filename });
      await catalog.offer(await peer.record(made?.uuid), peer.iss);
    }
    await catalog.registerUpload(uploadOf(1, '5', 'Dev', { filename: 'a.pkg', replace: true }), metadataOf());
    const ids = async (request: Parameters<typeof listOf>[0]) => (await catalog.list(request)).map(({ id }) => id);
    expect(await ids({})).toEqual([2, 3, 4]);
    expect(await ids({ status: 'Withheld' })).toEqual([1]);
    expect(await ids({ status: 'Withheld', stage: 'Prod' })).toEqual([]);
    expect(await ids({ stage: 'Dev' })).toEqual([4]);
    expect(await ids({ stage: 'Dev', servedOnly: true })).toEqual([]);
    expect(await ids({ stage: 'Prod', servedOnly: true })).toEqual([2, 3, 4]);
    expect(await ids({ query: 'GRÖ' })).toEqual([3]);
    expect(await ids({ query: 'gro' })).toEqual([3]);
    expect(await ids({ query: '_!' })).toEqual([2]);
    expect(await ids({ only: { ids: [2, 4, 9] } })).toEqual([2, 4]);
    expect((await catalog.find.list(listOf({ limit: 1, countAll: true }))).total).toBe(3);
    expect(await ids({ query: '0%', status: 'Withheld' })).toEqual([1]);
    expect(await ids({ query: '_' })).toEqual([2]);
    expect(await ids({ inConflict: true })).toEqual([]);
    expect(await ids({ inTrash: true })).toEqual([]);
    const pagesOf = async (sort: string) => {
      const pages: number[][] = [];
      for (let after = ''; ; ) {
        const { packages, next } = await catalog.find.list(listOf({ sort, after, limit: 2 }));
        pages.push(packages.map(({ id }) => id));
        if (next === '') return pages;
        after = next;
      }
    };
    expect(await pagesOf('id')).toEqual([[2, 3], [4]]);
    expect(await pagesOf('name')).toEqual([[3, 4], [2]]);
    expect(await pagesOf('changed')).toEqual([[4, 3], [2]]);
    expect(await pagesOf('-id')).toEqual([[4, 3], [2]]);
    expect(await pagesOf('-name')).toEqual([[2, 4], [3]]);
    expect(await pagesOf('-changed')).toEqual([[2, 3], [4]]);
    expect(await ids({ sort: 'name', skip: 1, limit: 1 })).toEqual([4]);
    expect(await ids({ sort: 'changed', skip: 2 })).toEqual([2]);
    expect(await ids({ skip: 3 })).toEqual([]);
    await expect(ids({ skip: -1 })).rejects.toMatchObject({ code: 'COMMON_REQUEST_INVALID' });
    const { next } = await catalog.find.list(listOf({ sort: 'name', limit: 1 }));
    for (const request of [{ after: next }, { after: next, sort: 'changed' }, { after: 'x' }, { after: 'W10' }]) {
      await expect(catalog.find.list(listOf(request))).rejects.toMatchObject({ code: 'COMMON_REQUEST_INVALID' });
    }
    expect(await catalog.rows.byId(7)).toBeUndefined();
  });

  test('lists among what is deleted also what is served until an admin confirms', async () => {
    await using catalog = await openCatalog('ask');
    const peer = createTestServer(issOf('a'));
    catalog.held.add(shaOf('1'));
    await peer.upload(1, '1', 'Prod');
    await catalog.offer(await peer.record(), peer.iss);
    expect(await catalog.list({ status: 'Deleted' })).toEqual([]);
    await peer.act({ act: 'delete' });
    await catalog.offer(await peer.record(), peer.iss);
    expect(await catalog.list({ status: 'Deleted' })).toMatchObject([{ status: 'Public', awaitsConfirmation: true }]);
    await catalog.registerUpload(uploadOf(9, '2', 'Prod', { filename: 'Other.pkg' }), metadataOf());
    expect(await catalog.list({ awaitingConfirmation: true })).toMatchObject([{ filename: 'NoMAD.pkg', serves: 'Prod' }]);
    await catalog.act({ act: 'confirm' });
    expect(await catalog.list({ status: 'Deleted' })).toMatchObject([{ status: 'Deleted', awaitsConfirmation: false }]);
  });

  test('finds what there is to do: contents that are wanted, changes without a manifest, a trash that is old', async () => {
    await using catalog = await openCatalog();
    const peer = createTestServer(issOf('a'));
    peer.clock.set('2026-01-01T00:01:00Z');
    const early = (number: number, content: string, filename: string, more = {}) =>
      catalog.registerUpload(uploadOf(number, content, 'Prod', { filename, manifestDigest: '', ...more }), metadataOf());
    for (const content of ['1', '2']) catalog.held.add(shaOf(content));
    await early(1, '1', 'One.pkg');
    await early(2, '2', 'Two.pkg');
    await early(3, '1', 'Three.pkg');
    await catalog.registerUpload(uploadOf(4, '1', 'Prod', { filename: 'Late.pkg' }), metadataOf());
    const { package: theirs } = await peer.upload(1, '3', 'Prod', { filename: 'One.pkg' });
    await catalog.offer(await peer.record(theirs?.uuid), peer.iss);
    const names = async (filter: Parameters<typeof catalog.rows.entries>[0], after = 0, limit = 10) => {
      await catalog.rows.caughtUp();
      return (await catalog.rows.entries(filter, after, limit)).map((entry) => entry.package.filename);
    };
    expect(await names({ kind: 'all' }, 1, 2)).toEqual(['Two.pkg', 'Three.pkg']);
    expect(await names({ kind: 'wanted' })).toEqual(['One.pkg']);
    expect(await names({ kind: 'wanted', sha256: shaOf('3') })).toEqual(['One.pkg']);
    expect(await names({ kind: 'wanted', sha256: shaOf('1') })).toEqual([]);
    expect(await names({ kind: 'unsealed' })).toEqual(['One.pkg', 'Two.pkg', 'Three.pkg']);
    expect(await names({ kind: 'unsealed', sha256: shaOf('1') })).toEqual(['One.pkg', 'Three.pkg']);
    expect(await names({ kind: 'unsealed', sha256: shaOf('3') })).toEqual([]);
    await catalog.seal.content(contentOf('1'), metadataOf());
    expect(await names({ kind: 'unsealed' })).toEqual(['Two.pkg']);
    await early(5, '4', 'Two.pkg', { replace: true });
    expect(await names({ kind: 'trashed', before: new Date('2026-01-01T00:00:00.000Z') })).toEqual([]);
    expect(await names({ kind: 'trashed', before: new Date('2026-01-01T00:00:00.001Z') })).toEqual(['Two.pkg']);
    expect(await catalog.list({ inTrash: true })).toMatchObject([{ filename: 'Two.pkg' }]);
    const { sizeBytes } = contentOf('2');
    expect(await catalog.find.trash()).toEqual({ contents: 1, bytes: sizeBytes, since: new Date('2026-01-01T00:00:00Z') });
    const all = await catalog.list({});
    const heads = all.map(({ id, filename, heads }) => {
      const contents = heads.flatMap(({ stage, content }) => (content === undefined ? [] : [{ stage, content }]));
      return { id, filename, heads: contents.map(({ stage, content: { sha256, sizeBytes } }) => ({ stage, sha256, sizeBytes })) };
    });
    expect(await catalog.find.heads({ after: 0, limit: 5_000 })).toEqual({ packages: heads, next: 0 });
    expect(await catalog.find.heads({ after: 1, limit: 1 })).toEqual({ packages: [heads[1]], next: heads[1]?.id });
  });

  test('knows the digest of each record as it may leave, by the beginning of ids and in pages', async () => {
    await using catalog = await openCatalog();
    const peer = createTestServer(issOf('a'));
    for (const [index, name] of ['One', 'Two', 'Three'].entries()) {
      const { package: made } = await peer.upload(index + 1, String(index), 'Prod', { filename: `${name}.pkg` });
      await catalog.offer(await peer.record(made?.uuid), peer.iss);
    }
    await catalog.registerUpload(uploadOf(1, '1', 'Prod', { filename: 'Unsealed.pkg', manifestDigest: '' }), metadataOf());
    const digests = (query: Partial<Parameters<typeof catalog.find.digests>[0]> = {}) =>
      catalog.find.digests({ prefix: '', after: '', limit: 5_000, uuids: [], ...query }).then((page) => page.digests);
    const all = await digests();
    expect(all).toEqual((await peer.find.digests({ prefix: '', after: '', limit: 10, uuids: [] })).digests);
    expect(all).toHaveLength(3);
    expect(new Set(all.map(({ digest }) => digest)).size).toBe(3);
    const [first, second, third] = all.map(({ uuid }) => uuid) as [string, string, string];
    expect(await digests({ after: first, limit: 1 })).toEqual([all[1]]);
    expect(await digests({ prefix: second.slice(0, 6) })).toEqual([all[1]]);
    expect(await digests({ uuids: [third, first, 'f'.repeat(32)] })).toEqual([all[0], all[2]]);
    for (const query of [
      { prefix: 'x' },
      { limit: 0 },
      { limit: 5_001 },
      { uuids: Array.from({ length: 1_001 }, () => first) },
    ]) {
      await expect(digests(query)).rejects.toMatchObject({ code: 'COMMON_REQUEST_INVALID' });
    }
  });

  test('does not seal while it is behind, since it may not show the very package yet', async () => {
    await using catalog = await openCatalog('follow', 500);
    const { pool, schema } = catalog.database;
    await using blocker = await holdCheckpoint(pool, schema);
    await catalog.registerUpload(uploadOf(1, '1', 'Prod', { manifestDigest: '' }), metadataOf());
    const sealing = () => catalog.seal.content(contentOf('1'), metadataOf());
    await expect(sealing()).rejects.toMatchObject({ code: 'COMMON_SERVICE_UNAVAILABLE' });
    await blocker.release();
    await sealing();
    expect(await catalog.get('1')).toMatchObject({ package: { content: contentOf('1') } });
  });

  test('does not answer whether a content is named while it is behind', async () => {
    await using catalog = await openCatalog('follow', 500);
    const { pool, schema, store } = catalog.database;
    await using blocker = await holdCheckpoint(pool, schema);
    await catalog.registerUpload(uploadOf(1, '1', 'Prod'), metadataOf());
    await expect(catalog.find.names(shaOf('1'))).rejects.toMatchObject({ code: 'COMMON_SERVICE_UNAVAILABLE' });
    expect(await store.lastPosition()).toBe(3n);
    await blocker.release();
    expect(await catalog.find.names(shaOf('1'))).toEqual({ named: true });
  });

  test('gives two uploads of one name at once to one package', async () => {
    await using catalog = await openCatalog();
    const uploads = ['1', '2', '3', '4'].map((content, index) =>
      catalog.registerUpload(uploadOf(index + 1, content, 'Prod'), metadataOf()),
    );
    const outcomes = (await Promise.all(uploads)).map((answer) => answer.outcome);
    expect(outcomes.toSorted()).toEqual(['created', 'refused', 'refused', 'refused']);
  });
});

/** Keeps the row lock under which events are folded, as a slow replica would. */
async function holdCheckpoint(pool: Awaited<ReturnType<typeof openCatalogDatabase>>['pool'], schema: string) {
  const client = await pool.connect();
  await client.query(`BEGIN; SELECT FROM ${schema}.projection_checkpoints FOR UPDATE`);
  let held = true;
  const release = async () => {
    if (!held) return;
    held = false;
    await client.query('ROLLBACK');
    client.release();
  };
  return { release, [Symbol.asyncDispose]: release };
}
