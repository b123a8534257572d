import { createHash, randomBytes } from 'node:crypto';
import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { openBackbone, provisionService } from '@odst/backbone';
import { PackagesServiceService, RecordsServiceService, type RegisterUploadRequest } from '@odst/contracts/catalog';
import { EventsServiceService } from '@odst/contracts/common';
import { AccessServiceService, TrustServiceService } from '@odst/contracts/registration';
import { BlobsServiceService } from '@odst/contracts/storage';
import {
  connectService,
  type ServiceConnection,
  type ServiceHandlers,
  type ServiceName,
  serve,
  serviceToken,
  startGrpcServer,
} from '@odst/grpc';
import { buildHttpApp } from '@odst/http';
import { OdstError } from '@odst/kernel';
import { createSilentLogger } from '@odst/telemetry';
import { createTestDatabase, eventually, temporaryDirectory } from '@odst/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultRemovalPace } from '../src/app/removal-rounds.ts';
import { storageDefinition } from '../src/index.ts';
import { startStorage } from '../src/service.ts';

const logger = createSilentLogger();
const clock = { now: () => new Date() };
const internalToken = 'a token that all processes share, long enough';
const iss = { a: 'a'.repeat(32), b: 'b'.repeat(32) };

type Contents = Map<
  string,
  { readonly filename: string; readonly sha256: string; readonly sizeBytes: bigint; readonly manifestDigest: string }
>;

/** What storage asks of the other services, over real gRPC: registration that believes everybody, catalog that takes everything. */
async function startOthers(
  stack: AsyncDisposableStack,
  folder: string,
  name: string,
  own: string,
  urlOf: (peerIss: string) => string,
) {
  const contents: Contents = new Map();
  const unused = () => Promise.reject(new OdstError('COMMON_INTERNAL', 'not part of this test'));
  const services = [
    serve(AccessServiceService, {
      authorize: async () => ({
        actor: 'account:admin',
        role: 'admin',
        stages: ['Dev', 'Test', 'Prod'],
        username: 'admin',
        ownStages: ['Dev', 'Test', 'Prod'],
        sessionId: '',
        tokenId: '',
      }),
      startSession: unused,
      endSession: unused,
      listSessions: unused,
      changePassword: unused,
      reportRefusal: async () => ({}),
      listRefusals: unused,
    }),
    serve(TrustServiceService, {
      signRequest: async ({ peerIss }) => ({ authorization: `Signed ${own}`, baseUrl: urlOf(peerIss) }),
      verifyRequest: async ({ authorization }) => {
        if (!authorization.startsWith('Signed ')) throw new OdstError('REGISTRATION_SIGNATURE_INVALID', 'not signed');
        const peer = {
          id: 1,
          iss: authorization.slice(7),
          name: '',
          url: '',
          stage: 'Prod',
          firewalledMode: false,
          publicKey: Buffer.alloc(32),
          registeredAt: new Date(0),
          clockOffsetMs: 0n,
          stageCap: 'Prod',
          version: 1n,
          introduces: true,
        };
        return { peer };
      },
      reportPeerTime: unused,
      signStatement: unused,
      verifyStatement: unused,
      describeSigners: async ({ isses }) => ({
        signers: isses.map((iss) => ({
          ...{ iss, publicKey: Buffer.alloc(32), relation: 'peer', blocked: false, stageCap: 'Prod' },
        })),
      }),
    } as ServiceHandlers<typeof TrustServiceService>),
    serve(PackagesServiceService, {
      registerUpload: async ({ filename, sha256, sizeBytes, manifestDigest }: RegisterUploadRequest) => {
        contents.set(filename, { filename, sha256, sizeBytes, manifestDigest });
        return { outcome: 'created', package: undefined, refusalCode: '', refusalReason: '' };
      },
      findContent: async ({ filename }: { filename: string }) => {
        const found = contents.get(filename);
        if (found === undefined) throw new OdstError('CATALOG_PACKAGE_UNKNOWN', 'no such package');
        return { ...found, modifiedAt: new Date(0), modifiedAtIsShared: false, isAwaited: false };
      },
      listPackages: unused,
      getPackage: unused,
      changeStage: unused,
    } as unknown as ServiceHandlers<typeof PackagesServiceService>),
    serve(RecordsServiceService, {
      namesContent: async ({ sha256 }: { sha256: string }) => ({
        named: [...contents.values()].some((content) => content.sha256 === sha256),
      }),
      offerRecord: unused,
      listWanted: unused,
    } as unknown as ServiceHandlers<typeof RecordsServiceService>),
  ];
  const server = stack.use(
    await startGrpcServer({ address: `unix:${join(folder, `${name}-others.sock`)}`, services, internalToken, logger }),
  );
  return { contents, address: server.address };
}

async function startServer(
  stack: AsyncDisposableStack,
  folder: string,
  name: 'a' | 'b',
  urlOf: (peerIss: string) => string,
  removalPace = defaultRemovalPace,
) {
  const database = stack.use(await createTestDatabase());
  const { migrations } = storageDefinition;
  const { url: databaseUrl } = await provisionService({ adminUrl: database.url, service: 'storage', migrations, logger });
  const backbone = stack.use(await openBackbone({ databaseUrl, service: 'storage', clock, logger }));
  const others = await startOthers(stack, folder, name, iss[name], urlOf);
  const connectTo = (address: string, target: string, caller: ServiceName): ServiceConnection =>
    stack.use(connectService({ address, target, token: serviceToken(internalToken, caller) }));
  const storage = stack.use(
    await startStorage({
      ...backbone,
      schema: 'storage',
      address: `unix:${join(folder, `${name}.sock`)}`,
      internalToken,
      connect: (target) => connectTo(others.address, target, 'storage'),
      clock,
      logger,
      blobsDir: join(folder, name, 'blobs'),
      stagingDir: join(folder, name, 'staging'),
      databaseKeys: [randomBytes(32)],
      maxUploadBytes: 1e9,
      removalPace,
    }),
  );
  const app = buildHttpApp({ logger, readiness: () => ({}), trustedProxies: [] });
  await app.register(storage.routes);
  stack.defer(() => app.close());
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const blobPath = (sha256: string) => join(folder, name, 'blobs', sha256.slice(0, 2), sha256);
  return {
    url,
    blobPath,
    contents: others.contents,
    connectAs: (caller: ServiceName) => connectTo(storage.address, 'storage', caller),
  };
}

const stack = new AsyncDisposableStack();
const urls = new Map<string, string>();
let a: Awaited<ReturnType<typeof startServer>>;
let b: Awaited<ReturnType<typeof startServer>>;
const bytes = randomBytes(5_000_000);
const sha256 = createHash('sha256').update(bytes).digest('hex');

beforeAll(async () => {
  const folder = stack.use(await temporaryDirectory());
  const urlOf = (peerIss: string) => urls.get(peerIss) ?? '';
  a = await startServer(stack, folder.path, 'a', urlOf);
  b = await startServer(stack, folder.path, 'b', urlOf);
  urls.set(iss.a, a.url).set(iss.b, b.url);
  const form = new FormData();
  form.append('stage', 'Prod');
  form.append('file', new Blob([bytes]), 'tool.pkg');
  expect((await fetch(`${a.url}/api/admin/upload`, { method: 'POST', body: form })).status).toBe(201);
});
afterAll(() => stack.disposeAsync());

test('a content uploaded on one server is fetched by the other, and served there', async () => {
  const content = a.contents.get('tool.pkg');
  if (content === undefined) throw new Error('nothing was registered');
  const sync = b.connectAs('sync').client(BlobsServiceService);
  expect(await sync.holdBlobs({ sha256s: [sha256] })).toEqual({ sha256s: [], manifestDigests: [] });
  const reports: { readonly complete: boolean }[] = [];
  for await (const report of sync.fetchBlob({ ...content, sourceIss: iss.a })) reports.push(report);
  expect(reports.at(-1)).toEqual({
    verifiedBytes: 5_000_000n,
    sizeBytes: 5_000_000n,
    complete: true,
    strip: [100, 100, 100, 100, 100],
  });
  expect(await sync.holdBlobs({ sha256s: [sha256, 'f'.repeat(64)] })).toEqual({
    sha256s: [sha256],
    manifestDigests: [content.manifestDigest],
  });
  b.contents.set('tool.pkg', content);
  const served = await fetch(`${b.url}/Packages/tool.pkg`);
  expect(Buffer.from(await served.arrayBuffer()).equals(bytes)).toBe(true);
  expect(served.headers.get('x-content-type-options')).toBe('nosniff');
});

test('what is held is listed with a page at a time, and not where the file is gone', async () => {
  const sync = b.connectAs('sync').client(BlobsServiceService);
  const all = { prefix: '', after: '', limit: 0 };
  expect(await sync.listHeld(all)).toEqual({ sha256s: [sha256], next: '' });
  expect(await sync.listHeld({ ...all, prefix: sha256.slice(0, 2) })).toEqual({ sha256s: [sha256], next: '' });
  const other = sha256.startsWith('00') ? '01' : '00';
  for (const nothing of [{ prefix: other }, { after: sha256 }]) {
    expect(await sync.listHeld({ ...all, ...nothing })).toEqual({ sha256s: [], next: '' });
  }
  await expect(sync.listHeld({ ...all, prefix: 'x' })).rejects.toMatchObject({ code: 'COMMON_REQUEST_INVALID' });
  await expect(sync.listHeld({ ...all, limit: 1_001 })).rejects.toMatchObject({ code: 'COMMON_REQUEST_INVALID' });
  const file = b.blobPath(sha256);
  await rename(file, `${file}.away`);
  expect(await sync.listHeld(all)).toEqual({ sha256s: [], next: '' });
  await rename(`${file}.away`, file);
  expect((await sync.listHeld(all)).sha256s).toEqual([sha256]);
});

test('the manifest tells the SHA-1 of each chunk', async () => {
  const { chunkSha1s } = await a.connectAs('gateway').client(BlobsServiceService).getManifest({ sha256 });
  const last = createHash('sha1')
    .update(bytes.subarray(4 * 1_048_576))
    .digest('hex');
  expect(Buffer.from(chunkSha1s).toString('hex').slice(-40)).toBe(last);
});

test('the disk is told to the gateway', async () => {
  const { totalBytes, freeBytes } = await a.connectAs('gateway').client(BlobsServiceService).getDisk({});
  expect(totalBytes).toBeGreaterThan(freeBytes);
});

test('errors keep their codes, and a fetch that fails says why', async () => {
  const sync = b.connectAs('sync').client(BlobsServiceService);
  const unknown = 'e'.repeat(64);
  await expect(a.connectAs('gateway').client(BlobsServiceService).getManifest({ sha256: unknown })).rejects.toMatchObject({
    code: 'STORAGE_BLOB_UNKNOWN',
  });
  const fetching = sync.fetchBlob({ sha256: unknown, sizeBytes: 5n, manifestDigest: unknown, sourceIss: iss.a });
  await expect(Array.fromAsync(fetching)).rejects.toMatchObject({ code: 'STORAGE_PEER_FAILED' });
});

test('only sync may have blobs fetched', async () => {
  const gateway = a.connectAs('gateway').client(BlobsServiceService);
  const fetching = gateway.fetchBlob({ sha256, sizeBytes: 5n, manifestDigest: sha256, sourceIss: iss.b });
  await expect(Array.fromAsync(fetching)).rejects.toMatchObject({ code: 'COMMON_ACCESS_DENIED' });
});

test('the events are there to be read', async () => {
  const events = await Array.fromAsync(
    a.connectAs('gateway').client(EventsServiceService).readEvents({ afterPosition: 0n, follow: false }),
  );
  expect(events.map(({ event }) => event?.type)).toEqual([
    'UploadStarted',
    'UploadCompleted',
    'ChunkVerified',
    'BlobVerified',
    'UploadAccepted',
  ]);
  const actors = new Set(events.map(({ event }) => event?.metadata?.actor));
  expect([...actors]).toEqual(['account:admin']);
});

test('a content that nothing names any more leaves the disk by itself, and what is named stays', async () => {
  await using alone = new AsyncDisposableStack();
  const folder = alone.use(await temporaryDirectory());
  const pace = { ...defaultRemovalPace, delayMs: 300, everyMs: 50, firstAfterMs: 50 };
  const server = await startServer(alone, folder.path, 'a', () => '', pace);
  for (const [name, content] of [
    ['kept.pkg', randomBytes(1_000)],
    ['gone.pkg', bytes],
  ] as const) {
    const form = new FormData();
    form.append('stage', 'Prod');
    form.append('file', new Blob([content]), name);
    expect((await fetch(`${server.url}/api/admin/upload`, { method: 'POST', body: form })).status).toBe(201);
  }
  const kept = server.contents.get('kept.pkg')?.sha256 ?? '';
  server.contents.delete('gone.pkg');
  const blobs = async () =>
    (await readdir(join(folder.path, 'a', 'blobs'), { recursive: true })).filter((name) => name.length > 64);
  await eventually(async () => (await blobs()).length === 1);
  expect(await blobs()).toEqual([join(kept.slice(0, 2), kept)]);
  const sync = server.connectAs('sync').client(BlobsServiceService);
  expect((await sync.holdBlobs({ sha256s: [kept, sha256] })).sha256s).toEqual([kept]);
  expect((await fetch(`${server.url}/share/gone.pkg`)).status).toBe(404);
  const feed = server.connectAs('gateway').client(EventsServiceService).readEvents({ afterPosition: 0n, follow: false });
  // A round may look at what is kept before its upload is registered.
  const removals = (await Array.fromAsync(feed)).filter(
    ({ event }) => /^Blob(Unreferenced|Removed)$/.test(event?.type ?? '') && event?.stream === `blob-${sha256}`,
  );
  expect(removals.map(({ event }) => [event?.type, event?.metadata?.actor])).toEqual([
    ['BlobUnreferenced', 'service:storage'],
    ['BlobRemoved', 'service:storage'],
  ]);
});
