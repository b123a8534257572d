import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import {
  commandExists,
  createTestAuthority,
  eventually,
  freePort,
  requirement,
  type TestCertificate,
  temporaryDirectory,
} from '@odst/testing';
import { expect, test } from 'vitest';
import { type Server, type ServerOptions, spawnServer, startServerProcess } from '../support/server-process.ts';

/** TLS before a server, as a reverse proxy adds it. */
async function startTls(tls: TestCertificate, port: number) {
  const server = createServer(tls, (socket) => {
    const inner = connect(port, '127.0.0.1').on('error', () => socket.destroy());
    socket.on('error', () => inner.destroy());
    socket.pipe(inner).pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

const settingsOf = async (server: { admin: { send(path: string): Promise<Response> } }) =>
  (await (await server.admin.send('/api/v1/settings')).json()) as { url: string; warnings: string[] };

/** What a server's start told of its URL. */
const warningOf = (server: Pick<Server, 'log'>) =>
  eventually(() => {
    const serving = server
      .log()
      .split('\n')
      .find((line) => line.includes('"msg":"serving"'));
    return serving === undefined ? undefined : { warning: (JSON.parse(serving) as { warning?: string }).warning };
  }).then(({ warning }) => warning);

test('a first start with a URL that other servers would refuse ends with one line', async () => {
  await using folder = await temporaryDirectory();
  const env = { ODST_PUBLIC_URL: 'http://8.8.8.8' };
  const refused = await spawnServer({ dataDir: folder.path, port: await freePort(), env });
  expect(await refused.exited).not.toBe(0);
  expect(`${refused.output()}${refused.log()}`).toContain(
    'ODST_PUBLIC_URL: other servers would refuse this one: http://8.8.8.8 is plain http and its host is not on a private network; use https; example: ODST_PUBLIC_URL=https://ods.example.org',
  );
  await using server = await startServerProcess({ dataDir: folder.path, port: await freePort() });
  await eventually(async () => (await settingsOf(server)).warnings.length === 0, 60_000);
});

test.skipIf(!(await requirement('openssl', () => commandExists('openssl'))))(
  'a server keeps the URL that it is given, tells where it does not lead to it, and is met under the right one',
  async () => {
    await using folder = await temporaryDirectory();
    const authority = createTestAuthority(folder.path);
    const ca = join(folder.path, 'ca.pem');
    await writeFile(ca, authority.ca);
    const options = async (name: string, env: Record<string, string> = {}): Promise<ServerOptions> => ({
      dataDir: join(folder.path, name),
      port: await freePort(),
      env: { ODST_NAME: name, ...env },
    });
    const [ofA, ofB] = [await options('A'), await options('B', { ODST_PEER_CA: ca })];
    await using before = await startServerProcess(ofA);
    await using b = await startServerProcess(ofB);
    await using tls = await startTls(authority.issue('DNS:localhost'), ofA.port);

    const refused = await before.admin.updateAbout({ url: 'http://8.8.8.8' });
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([422, 'REGISTRATION_SETTING_INVALID']);
    // A server waits 3 s for the answer at its own URL; on a busy machine that may be too short, and then it says so.
    const isWarned = (url: string, words: string) =>
      eventually(async () => {
        const answer = await before.admin.updateAbout({ url });
        expect([answer.status, await answer.text()]).toEqual([201, '']);
        expect(answer.headers.get('odst-warning')).toContain(words);
        return true;
      }, 60_000);
    await isWarned(`http://127.0.0.1:${await freePort()}`, 'this server does not reach itself at its URL');
    expect((await settingsOf(before)).warnings).toEqual([expect.stringContaining('nothing listens there')]);
    await isWarned(b.url, 'another Open Distribution Server answers');
    await isWarned(tls.url, 'ODST_PEER_CA');
    expect((await before.admin.updateAbout({ url: before.url })).status).toBe(201);
    const unregistered = await before.admin.register({ ...(await b.admin.about()), url: tls.url });
    expect(unregistered.status).toBe(502);
    expect(((await unregistered.json()) as { detail: string }).detail).toContain('ODST_PEER_CA');
    expect((await before.admin.updateAbout({ url: tls.url })).status).toBe(201);
    await before.stop();

    await using a = await startServerProcess({ ...ofA, env: { ...ofA.env, ODST_PEER_CA: ca } });
    await eventually(async () => {
      expect(await settingsOf(a)).toMatchObject({ url: tls.url, warnings: [] });
      return true;
    }, 60_000);
    const named = await b.admin.register(await a.admin.about());
    expect([named.status, await named.text()]).toEqual([201, '']);
    expect(await b.admin.peers()).toMatchObject([{ name: 'A', url: tls.url }]);
    expect(await warningOf(a)).toBeUndefined();
    await a.stop();
    await using untrusting = await startServerProcess(ofA);
    expect(await warningOf(untrusting)).toContain('ODST_PEER_CA');
  },
);
