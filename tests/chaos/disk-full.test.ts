import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, freePort, type TemporaryDirectory, temporaryDirectory } from '@odst/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256Of } from '../support/digest.ts';
import { filesBelow } from '../support/files-below.ts';
import { type GatedProxy, startGatedProxy } from '../support/gated-proxy.ts';
import { installerFile } from '../support/installer-file.ts';
import { headOf, openSocket, rawBytes, readAnswer } from '../support/raw-http.ts';
import { expectNoErrors, expectProblem } from '../support/refusals.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { canMount, mountSmallVolume, type SmallVolume } from '../support/small-volume.ts';
import { becomesPublic } from '../support/two-servers.ts';
import { formType, uploadForm } from '../support/upload-form.ts';

const megabyte = 1_048_576;

/** Of the volume 1 GiB is kept free, so 102 MiB of it are for packages. */
const volumeMegabytes = 1_126;

const path = '/api/admin/upload';

describe.skipIf(!(await canMount()))('a full disk', { timeout: 600_000 }, () => {
  let folder: TemporaryDirectory;
  let volume: SmallVolume;
  /** What the small one fetches from the roomy one goes through it. */
  let gate: GatedProxy;
  let [roomy, small] = [] as unknown as [ServerProcess, ServerProcess];

  beforeAll(async () => {
    folder = await temporaryDirectory();
    volume = await mountSmallVolume(join(folder.path, 'volume'), volumeMegabytes);
    const port = await freePort();
    gate = await startGatedProxy(port);
    [roomy, small] = await Promise.all([
      startServerProcess({ dataDir: join(folder.path, 'roomy'), port, env: { ODST_PUBLIC_URL: gate.url } }),
      startServerProcess({
        ...{ dataDir: join(folder.path, 'small'), port: await freePort() },
        env: { BLOB_STORE: `file:${volume.path}` },
      }),
    ]);
    expect((await roomy.admin.register(await small.admin.about())).status).toBe(201);
  });

  afterAll(async () => {
    await Promise.all([roomy?.stop(), small?.stop()]);
    await gate?.[Symbol.asyncDispose]();
    await volume?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  const headFor = (headers: Record<string, string>) => {
    const all = { Authorization: small.admin.authorization, 'Content-Type': formType, ...headers };
    return Buffer.from(headOf({ method: 'POST', path, headers: all }, small.port));
  };

  async function expectOnly(...sha256s: string[]): Promise<void> {
    await eventually(async () => {
      expect(await filesBelow(join(volume.path, 'staging'))).toEqual([]);
      const blobs = await filesBelow(join(volume.path, 'blobs'));
      expect(blobs).toEqual(sha256s.map((sha256) => join(sha256.slice(0, 2), sha256)).sort());
      return true;
    });
  }

  test('refuses an upload before it has read the file, where its length is told', async () => {
    const start = uploadForm('Declared.pkg', Buffer.alloc(1_000), 'Prod').subarray(0, 800);
    const head = headFor({ 'Content-Length': String(200 * megabyte) });
    const refused = await rawBytes(small.port, Buffer.concat([head, start]));
    expectProblem(refused, 507, 'STORAGE_DISK_FULL');
    const { detail } = refused.json ?? {};
    expect(detail).toMatch(
      /^209715200 bytes \(200\.0 MiB\) are needed and \d+ bytes \(10[12]\.\d MiB\) are available: of \d+ bytes/,
    );
    expect(detail).toContain('0 bytes are reserved for other uploads and transfers under way');
    expect(detail).toContain('1073741824 bytes (1.0 GiB) are kept free (ODST_DISK_RESERVE_BYTES)');
    expect(detail).toContain('Nothing was stored');
    await expectOnly();
  });

  test('refuses an upload of unknown length when the room above the reserve is used up', async () => {
    const socket = await openSocket(small.port);
    const answer = readAnswer(socket);
    const form = uploadForm('Unknown.pkg', Buffer.alloc(110 * megabyte, 1), 'Prod');
    socket.write(
      Buffer.concat([headFor({ 'Transfer-Encoding': 'chunked' }), Buffer.from(`${form.length.toString(16)}\r\n`), form]),
    );
    expectProblem(await answer, 507, 'STORAGE_DISK_FULL');
    await expectOnly();
  });

  test('in the middle of an upload is told, leaves nothing, and the same upload works when there is room', async () => {
    const file = Buffer.alloc(20 * megabyte, 2);
    const form = uploadForm('Middle.pkg', file, 'Prod');
    const socket = await openSocket(small.port);
    const answer = readAnswer(socket);
    socket.write(Buffer.concat([headFor({ 'Content-Length': String(form.length) }), form.subarray(0, 8 * megabyte)]));
    await eventually(async () => {
      const [name = ''] = await filesBelow(join(volume.path, 'staging'));
      return (await stat(join(volume.path, 'staging', name))).size >= 7 * megabyte;
    });
    // Somebody else filled it meanwhile: now the system itself says that there is no room.
    await volume.resize(10);
    socket.write(form.subarray(8 * megabyte));
    const refused = await answer;
    expectProblem(refused, 507, 'STORAGE_DISK_FULL');
    expect(await small.admin.findPackage('Middle.pkg')).toBeUndefined();
    await expectOnly();

    await volume.resize(volumeMegabytes);
    const body = Buffer.concat([headFor({ 'Content-Length': String(form.length) }), form]);
    expect((await rawBytes(small.port, body)).status).toBe(201);
    const { sha256 } = await small.admin.package('Middle.pkg');
    await expectOnly(sha256);
  });

  test('stops a transfer before its first byte, says so, and the transfer begins when there is room', async () => {
    const kept = (await small.admin.packages()).map(({ sha256 }) => sha256);
    const file = await installerFile(join(folder.path, 'large.pkg'), 120 * megabyte + 7, 'large');
    expect((await roomy.admin.upload(file.path, 'Large.pkg', 'Prod')).status).toBe(201);
    const reason = /125829127 bytes \(120.0 MiB\) are needed and \d+ bytes .* are kept free \(ODST_DISK_RESERVE_BYTES\)/;
    await eventually(async () => reason.test(String((await small.admin.peerStates())[0]?.['lastError'])), 120_000);
    expect(await small.admin.findPackage('Large.pkg')).toMatchObject({ status: 'Downloading' });
    expect((await small.admin.download('Large.pkg')).status).toBe(503);
    await expectOnly(...kept);

    await volume.resize(volumeMegabytes + 200);
    gate.allow(1e12);
    await becomesPublic(small, 'Large.pkg', file.sha256);
    await eventually(async () => (await small.admin.peerStates())[0]?.['lastError'] === null);
  });

  test('in the middle of a transfer keeps what is verified and goes on from there', async () => {
    await volume.resize(volumeMegabytes + 400);
    gate.shut();
    const before = await usedMegabytes();
    const file = await installerFile(join(folder.path, 'halfway.pkg'), 200 * megabyte, 'halfway');
    expect((await roomy.admin.upload(file.path, 'Halfway.pkg', 'Prod')).status).toBe(201);
    gate.allow(20 * megabyte);
    await eventually(async () => (await usedMegabytes()) > before + 10, 120_000);
    // The rest is held back while the room is measured and taken away.
    await volume.resize(Math.ceil(await usedMegabytes()) + 20);
    gate.allow(1e12);
    await eventually(async () => String((await small.admin.peerStates())[0]?.['lastError']).includes('room'), 120_000);
    expect(await small.admin.findPackage('Halfway.pkg')).toMatchObject({ status: 'Downloading' });
    expect((await small.admin.download('Halfway.pkg')).status).toBe(503);

    await volume.resize(volumeMegabytes + 400);
    await becomesPublic(small, 'Halfway.pkg', file.sha256);
    expect(await sha256Of(await small.admin.download('Halfway.pkg'))).toBe(file.sha256);
    await eventually(async () => {
      const { items } = await small.admin.events('0', 1_000);
      const groups = items.filter(({ type, data }) => type.includes('ChunkVerified') && data['blob'] === file.sha256);
      expect(groups.reduce((sum, { data }) => sum + Number(data['count']), 0)).toBe(200);
      return true;
    });
  });

  test('is no error of the server, and no reason to be out of service', async () => {
    expect((await fetch(`${small.url}/readyz`)).status).toBe(200);
    expectNoErrors(small.log());
    expect(small.log()).toContain('STORAGE_DISK_FULL');
  });

  test('takes what lies above the reserve that is set, and all of the volume where none is', async () => {
    const file = Buffer.alloc(20 * megabyte, 3);
    const upload = async (name: string) => {
      const form = uploadForm(name, file, 'Prod');
      return rawBytes(small.port, Buffer.concat([headFor({ 'Content-Length': String(form.length) }), form]));
    };
    await volume.resize(Math.ceil(await usedMegabytes()) + 30);
    expectProblem(await upload('Reserve.pkg'), 507, 'STORAGE_DISK_FULL');
    const restart = async (reserveBytes: number) => {
      await small.stop();
      const env = { BLOB_STORE: `file:${volume.path}`, ODST_DISK_RESERVE_BYTES: String(reserveBytes) };
      small = await startServerProcess({ dataDir: small.dataDir, port: small.port, env });
    };
    await restart(20 * megabyte);
    const refused = await upload('Reserve.pkg');
    expectProblem(refused, 507, 'STORAGE_DISK_FULL');
    expect(refused.json?.['detail']).toContain('20971520 bytes (20.0 MiB) are kept free (ODST_DISK_RESERVE_BYTES)');
    await restart(0);
    expect((await upload('Reserve.pkg')).status).toBe(201);
  });

  async function usedMegabytes(): Promise<number> {
    const files = (await filesBelow(volume.path)).map(async (name) => (await stat(join(volume.path, name))).blocks * 512);
    return (await Promise.all(files)).reduce((sum, bytes) => sum + bytes, 0) / megabyte;
  }
});
