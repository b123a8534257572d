import { join } from 'node:path';
import { eventually, freePort, temporaryDirectory } from '@odst/testing';
import { describe, expect, test } from 'vitest';
import { checkFeed } from '../support/check-feed.ts';
import { sha256Of } from '../support/digest.ts';
import { installerFile } from '../support/installer-file.ts';
import { hasNginx } from '../support/reverse-proxy.ts';
import { startSeparateServer } from '../support/separate-processes.ts';
import { type Server, type ServerOptions, startServerProcess } from '../support/server-process.ts';
import { becomesPublic } from '../support/two-servers.ts';

const megabyte = 1_048_576;

/** The same services in every shape that a server can run in. */
const shapes: readonly { shape: string; lacking: boolean; start: (options: ServerOptions) => Promise<Server> }[] = [
  { shape: 'one process', lacking: false, start: startServerProcess },
  { shape: 'separate processes behind nginx', lacking: !(await hasNginx()), start: startSeparateServer },
];

/** Registers a server with another one by what that one says of its identity. */
async function registerByV1(from: Server, to: Server, changes: object = {}): Promise<readonly unknown[]> {
  const headers = { authorization: from.admin.authorization, 'content-type': 'application/json' };
  const identity = await fetch(`${to.url}/api/v1/identity`, { headers: { authorization: to.admin.authorization } });
  const body = JSON.stringify({ ...((await identity.json()) as object), ...changes });
  const answer = await fetch(`${from.url}/api/v1/peers`, { method: 'POST', headers, body });
  return [answer.status, await answer.json()];
}

describe.each(shapes)('between a server in one process and one in $shape', ({ lacking, start }) => {
  test.skipIf(lacking)('a package uploaded on one server stands verified on the other, in both directions', async () => {
    await using folder = await temporaryDirectory();
    const [portA, portB] = [await freePort(), await freePort()];
    await using a = await startServerProcess({ dataDir: join(folder.path, 'a'), port: portA, env: { ODST_NAME: 'A' } });
    await using b = await start({ dataDir: join(folder.path, 'b'), port: portB, env: { ODST_NAME: 'B' } });

    const before = await installerFile(join(folder.path, 'before.pkg'), 3 * megabyte + 17, 'before');
    const big = await installerFile(join(folder.path, 'big.pkg'), 120 * megabyte + 1, 'big');
    const back = await installerFile(join(folder.path, 'back.dmg'), 2 * megabyte, 'back');

    // On either server before they met.
    expect((await a.admin.upload(before.path, 'Before.pkg', 'Prod')).status).toBe(201);
    expect((await b.admin.upload(back.path, 'Zurück 1.dmg', 'Prod', { fileFirst: true })).status).toBe(201);

    const registered = await a.admin.register(await b.admin.about());
    expect([registered.status, await registered.text()]).toEqual([201, '']);
    expect(await a.admin.peers()).toMatchObject([{ id: 1, name: 'B', url: b.url }]);
    expect(await b.admin.peers()).toMatchObject([{ id: 1, name: 'A', url: a.url }]);

    expect(await registerByV1(b, a)).toMatchObject([200, { id: 1, name: 'A', url: a.url }]);
    expect(await registerByV1(b, a, { key: (await b.admin.about()).key })).toMatchObject([
      422,
      { code: 'REGISTRATION_PEER_REFUSED', remoteCode: 'REGISTRATION_SIGNATURE_INVALID', errors: [{ pointer: '/key' }] },
    ]);

    // What is here and what is to be there is known by gRPC to where the bytes came.
    const small = await installerFile(join(folder.path, 'small.pkg'), megabyte, 'small');
    const waited = await b.admin.upload(small.path, 'Small.pkg', 'Prod', { query: '?wait=A&waitSeconds=120' });
    expect([waited.status, await waited.json()]).toMatchObject([201, { spread: { complete: true, missing: [], reason: null } }]);
    // Its storage says so a moment before its list does.
    await becomesPublic(a, 'Small.pkg', small.sha256);

    await becomesPublic(b, 'Before.pkg', before.sha256);
    await becomesPublic(a, 'Zurück 1.dmg', back.sha256);

    const uploaded = await a.admin.upload(big.path, 'Big.pkg', 'Prod');
    expect(uploaded.status).toBe(201);
    expect(await uploaded.json()).toMatchObject({ filename: 'Big.pkg', sha1: big.sha1 });
    await eventually(async () => (await b.admin.findPackage('Big.pkg')) !== undefined, 60_000);
    const row = await becomesPublic(b, 'Big.pkg', big.sha256);
    expect(row).toMatchObject({ sha1: big.sha1, file_size: big.sizeBytes, stage: 'Prod' });
    expect((await b.admin.package(row.id)).chunks).toHaveLength(121);

    const download = await b.admin.download('Big.pkg');
    expect(download.status).toBe(200);
    expect(await sha256Of(download)).toBe(big.sha256);

    for (const server of [a, b]) await eventually(async () => (await checkFeed(server)) > 20);
    const { items } = await b.admin.events();
    expect(items.map(({ feedsequence }) => Number(feedsequence))).toEqual(items.map((_, index) => index + 1));
    const types = items.map(({ type }) => type);
    expect(types).toContain('org.odst.catalog.PackageAnnounced.v1');
    expect(types).toContain('org.odst.storage.ChunkVerified.v1');
    expect(types).toContain('org.odst.catalog.PackagePublished.v1');
  });
});
