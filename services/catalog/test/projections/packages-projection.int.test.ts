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
import { createTestServer, metadataOf, signatureOf, uploadOf } from '../support/test-server.ts';

async function openCatalog() {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await openCatalogDatabase());
  const { pool, schema, store } = database;
  const projections = stack.use(
    await startProjections({ pool, schema, source: store, projections: [packagesProjection], logger: testLogger }),
  );
  const projection = projections.runner('packages');
  const rows = createPgPackageRows(pool, store, projection);
  const iss = issOf('b');
  const held = new Set<string>();
  const useCases = createUseCases({
    store,
    rows,
    numbers: createPgPackageNumbers(pool),
    clock: { now: () => new Date('2026-01-01T00:00:00Z') },
    epoch: 'e'.repeat(16),
    allowedExtensions: ['pkg'],
    registration: {
      iss: async () => iss,
      stage: async () => 'Test',
      signRecord: async (bytes) => signatureOf(iss, bytes),
      verifyRecord: async (signer, bytes, signature) =>
        Buffer.from(signatureOf(signer, bytes)).equals(signature) ? 'valid' : 'invalid',
    },
    blobs: {
      held: async (sha256s) => sha256s.filter((sha256) => held.has(sha256)),
      manifestDigests: async () => new Map(),
    },
  });
  const opened = stack.move();
  return { database, projections, rows, held, ...useCases, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

describe('the read model of packages', () => {
  test('shows a package to who has just made it', async () => {
    await using catalog = await openCatalog();
    for (let number = 1; number <= 10; number += 1) {
      const filename = `Package ${number}.pkg`;
      const made = await catalog.registerUpload(uploadOf(number, '1', 'Prod', { filename }), metadataOf());
      expect(await catalog.find.get(filename)).toEqual({ package: made.package });
      expect((await catalog.find.list({ stage: '', status: '' })).packages).toHaveLength(number);
    }
  });

  test('says the same as the streams after a life with conflict, and again when it is built anew', async () => {
    await using catalog = await openCatalog();
    const peer = createTestServer(issOf('a'));
    peer.clock.set('2026-01-01T00:01:00Z');
    const mine = await catalog.registerUpload(uploadOf(1, '1', 'Test'), metadataOf());
    const theirs = await peer.upload(1, '2', 'Prod');
    const met = await catalog.offerRecord({ record: theirs.package?.record, fromIss: peer.iss }, metadataOf());
    expect(met).toMatchObject({ outcome: 'conflict', package: { id: 1, status: 'Downloading' } });
    expect(await catalog.find.content('NoMAD.pkg')).toMatchObject({ sha256: shaOf('1') });
    expect(await catalog.find.names(mine.package?.record?.sha256 ?? '')).toEqual({ named: true });
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
    expect(await catalog.find.get('NoMAD.pkg')).toEqual({ package: made.package });
    expect(catalog.projections.runner('packages').failure()).toBeUndefined();
  });

  test('answers by status, stage and content', async () => {
    await using catalog = await openCatalog();
    const peer = createTestServer(issOf('a'));
    const dev = await peer.upload(1, '1', 'Dev', { filename: 'Dev.pkg' });
    const prod = await peer.upload(2, '2', 'Prod', { filename: 'Prod.pkg' });
    for (const { package: found } of [dev, prod])
      await catalog.offerRecord({ record: found?.record, fromIss: peer.iss }, metadataOf());
    await catalog.rows.caughtUp();
    const names = async (filter: Parameters<typeof catalog.rows.list>[0]) =>
      (await catalog.rows.list(filter)).map((entry) => entry.package.record.filename);
    expect(await names({})).toEqual(['Dev.pkg', 'Prod.pkg']);
    expect(await names({ statuses: ['Withheld'], stages: ['Dev'] })).toEqual(['Dev.pkg']);
    expect(await names({ statuses: ['Withheld'], stages: ['Test', 'Prod'] })).toEqual([]);
    expect(await names({ statuses: ['Downloading'], sha256: contentOf('2').sha256 })).toEqual(['Prod.pkg']);
    expect(await names({ statuses: [] })).toEqual([]);
    expect(await catalog.rows.byId(7)).toBeUndefined();
  });

  test('finds the packages that lack a manifest, until they are sealed', async () => {
    await using catalog = await openCatalog();
    const peer = createTestServer(issOf('a'));
    peer.clock.set('2026-01-01T00:01:00Z');
    const early = (number: number, content: string, filename: string) =>
      catalog.registerUpload(uploadOf(number, content, 'Prod', { filename, manifestDigest: '' }), metadataOf());
    await early(1, '1', 'One.pkg');
    await early(2, '2', 'Two.pkg');
    await early(3, '1', 'Three.pkg');
    await catalog.registerUpload(uploadOf(4, '1', 'Prod', { filename: 'Late.pkg' }), metadataOf());
    const theirs = await peer.upload(1, '3', 'Prod', { filename: 'One.pkg' });
    await catalog.offerRecord({ record: theirs.package?.record, fromIss: peer.iss }, metadataOf());
    const names = async (sha256?: string) => {
      await catalog.rows.caughtUp();
      return (await catalog.rows.unsealed(sha256)).map((entry) => entry.package.record.filename);
    };
    expect(await names()).toEqual(['One.pkg', 'Two.pkg', 'Three.pkg']);
    expect(await names(shaOf('1'))).toEqual(['One.pkg', 'Three.pkg']);
    expect(await names(shaOf('3'))).toEqual([]);
    await catalog.seal.content(contentOf('1'), metadataOf());
    expect(await names()).toEqual(['Two.pkg']);
  });

  test('does not seal while it is behind, since it may not show the very package yet', async () => {
    await using catalog = await openCatalog();
    const { pool, schema } = catalog.database;
    await using blocker = await holdCheckpoint(pool, schema);
    await catalog.registerUpload(uploadOf(1, '1', 'Prod', { manifestDigest: '' }), metadataOf());
    const sealing = () => catalog.seal.content(contentOf('1'), metadataOf());
    await expect(sealing()).rejects.toMatchObject({ code: 'COMMON_SERVICE_UNAVAILABLE' });
    await blocker.release();
    await sealing();
    expect(await catalog.find.get('1')).toMatchObject({ package: { record: contentOf('1') } });
  });

  test('does not answer whether a content is named while it is behind', async () => {
    await using catalog = await openCatalog();
    const { pool, schema, store } = catalog.database;
    await using blocker = await holdCheckpoint(pool, schema);
    await catalog.registerUpload(uploadOf(1, '1', 'Prod'), metadataOf());
    await expect(catalog.find.names(shaOf('1'))).rejects.toMatchObject({ code: 'COMMON_SERVICE_UNAVAILABLE' });
    expect(await store.lastPosition()).toBe(2n);
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
