import { once } from 'node:events';
import { access, readFile, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { connect, getCACertificates, setDefaultCACertificates } from 'node:tls';
import { commandExists, createTestAuthority, eventually, freePort, requirement, temporaryDirectory } from '@odst/testing';
import { afterAll, describe, expect, test } from 'vitest';
import { sha256Of } from '../support/digest.ts';
import { installerFile } from '../support/installer-file.ts';
import { rawBytes } from '../support/raw-http.ts';
import { hasNginx } from '../support/reverse-proxy.ts';
import { startSeparateServer } from '../support/separate-processes.ts';
import { type ServerOptions, spawnServer, startServerProcess } from '../support/server-process.ts';
import { becomesPublic } from '../support/two-servers.ts';

const megabyte = 1_048_576;
const withoutNginx = !(await hasNginx());
const trusted = getCACertificates('default');

describe.skipIf(!(await requirement('openssl', () => commandExists('openssl'))))('servers that speak TLS', () => {
  afterAll(() => setDefaultCACertificates(trusted));

  /** A folder with an authority, which this process trusts from now on. */
  async function prepare() {
    const folder = await temporaryDirectory();
    const authority = createTestAuthority(folder.path);
    const ca = join(folder.path, 'ca.pem');
    await writeFile(ca, authority.ca);
    setDefaultCACertificates([...trusted, authority.ca]);
    const issueTo = async (name: string) => {
      const { cert, key } = authority.intermediate().issue('IP:127.0.0.1');
      const files = { ODST_TLS_CERT: join(folder.path, `${name}.crt`), ODST_TLS_KEY: join(folder.path, `${name}.key`) };
      await writeFile(files.ODST_TLS_CERT, cert);
      await writeFile(files.ODST_TLS_KEY, key);
      return files;
    };
    const options = async (name: string, env: Record<string, string> = {}): Promise<ServerOptions> => ({
      dataDir: join(folder.path, name),
      port: await freePort(),
      env: { ODST_NAME: name, ODST_PEER_CA: ca, ...(await issueTo(name)), ...env },
    });
    return { folder, authority, issueTo, options, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
  }

  const fingerprint = async (port: number): Promise<string> => {
    const socket = connect({ port, host: '127.0.0.1' });
    await once(socket, 'secureConnect');
    const { fingerprint256 } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint256;
  };

  test('meet by a private authority and exchange packages, while a certificate is renewed in the middle of an upload', async () => {
    await using made = await prepare();
    const { folder, issueTo, options } = made;
    const [ofA, ofB] = [await options('A'), await options('B')];
    await using a = await startServerProcess(ofA);
    await using b = await startServerProcess(ofB);
    expect([a.url, (await a.admin.about()).url]).toEqual([`https://127.0.0.1:${ofA.port}`, a.url]);
    const ready = await (await fetch(`${a.url}/readyz`)).text();
    expect(ready).toMatch(/^ok certificate: ends \S+Z$/m);
    expect(await (await fetch(`${a.url}/metrics`)).text()).toMatch(/^odst_tls_certificate_expiry_timestamp_seconds \d+$/m);
    const plain = await rawBytes(ofA.port, Buffer.from('GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n'));
    expect([plain.status, plain.json?.['detail']]).toEqual([400, expect.stringContaining('https://')]);

    const registered = await a.admin.register(await b.admin.about());
    expect([registered.status, await registered.text(), registered.headers.get('odst-warning')]).toEqual([201, '', null]);
    const installer = await installerFile(join(folder.path, 'big.pkg'), 20 * megabyte + 1, 'big');
    const content = await readFile(installer.path);
    const head =
      '--x\r\ncontent-disposition: form-data; name="stage"\r\n\r\nProd\r\n--x\r\ncontent-disposition: form-data; name="file"; filename="Big.pkg"\r\n\r\n';
    const form = Buffer.concat([Buffer.from(head), content, Buffer.from('\r\n--x--\r\n')]);
    const upload = request(`${a.url}/api/admin/upload`, {
      method: 'POST',
      headers: {
        ...{ authorization: a.admin.authorization, 'content-type': 'multipart/form-data; boundary=x' },
        'content-length': form.length,
      },
    });
    const answered = once(upload, 'response') as Promise<[IncomingMessage]>;
    const half = form.length >> 1;
    await new Promise<void>((resolve, reject) => {
      upload.once('error', reject).write(form.subarray(0, half), () => resolve());
    });
    const before = await fingerprint(ofA.port);
    await issueTo('A');
    a.process.kill('SIGHUP');
    await eventually(async () => (await fingerprint(ofA.port)) !== before, 60_000);
    upload.end(form.subarray(half));
    const [answer] = await answered;
    expect(answer.resume().statusCode).toBe(201);
    await becomesPublic(b, 'Big.pkg', installer.sha256);
    await eventually(async () => {
      expect(await b.admin.peerStates()).toMatchObject([{ name: 'A', url: a.url, lastError: null }]);
      return true;
    }, 120_000);

    // A server of another authority trusts neither.
    await using others = await temporaryDirectory();
    const foreign = join(others.path, 'foreign.pem');
    await writeFile(foreign, createTestAuthority(others.path).ca);
    await using c = await startServerProcess(await options('C', { ODST_PEER_CA: foreign }));
    const refused = await c.admin.register(await a.admin.about());
    expect(refused.status).toBe(502);
    expect(((await refused.json()) as { detail: string }).detail).toContain('let ODST_PEER_CA name a file with it');
    const asIt = await c.admin.send('/api/v1/settings');
    expect(((await asIt.json()) as { warnings: string[] }).warnings).toEqual([expect.stringContaining('ODST_PEER_CA')]);
  });

  test.skipIf(withoutNginx)('are served by TLS too where the gateway and the data plane are processes of their own', async () => {
    await using made = await prepare();
    const installer = await installerFile(join(made.folder.path, 'one.pkg'), 3 * megabyte, 'one');
    await using server = await startSeparateServer(await made.options('A'));
    expect((await server.admin.upload(installer.path, 'One.pkg', 'Prod')).status).toBe(201);
    const copy = await server.admin.download('One.pkg');
    expect(copy.headers.has('strict-transport-security')).toBe(true);
    expect(await sha256Of(copy)).toBe(installer.sha256);
    // Readiness of each is at its health port, which stays plain.
    for (const service of ['gateway', 'storage'] as const)
      expect(await (await fetch(`${server.healthUrlOf(service)}/readyz`)).text()).toMatch(/^ok certificate: ends /m);
    expect(await (await fetch(`${server.healthUrlOf('sync')}/readyz`)).text()).not.toContain('certificate');
  });

  test('do not start with files that cannot be used, say so in one line, and leave nothing', async () => {
    await using made = await prepare();
    const ofA = await made.options('A');
    const { ODST_TLS_KEY } = await made.issueTo('B');
    const cases: [Record<string, string>, string][] = [
      [{ ODST_TLS_KEY }, 'ODST_TLS_KEY: '],
      [{ ODST_TLS_KEY: '' }, 'ODST_TLS_KEY is missing: ODST_TLS_CERT needs it; example: '],
      [{ ODST_PEER_CA: ODST_TLS_KEY }, 'ODST_PEER_CA: '],
    ];
    for (const [env, words] of cases) {
      const server = await spawnServer({ ...ofA, env: { ...ofA.env, ODST_LOG: 'text', ...env } });
      expect(await server.exited).toBe(1);
      const told = server
        .log()
        .split('\n')
        .filter((line) => line.startsWith('The server cannot start: '));
      expect(told).toEqual([expect.stringContaining(`The server cannot start: ${words}`)]);
    }
    await expect(access(join(ofA.dataDir, 'postgres'))).rejects.toThrow('ENOENT');
  });
});
