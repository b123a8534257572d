import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { settingNames } from '@odst/backbone';
import { commandExists, eventually, freePort, requirement, temporaryDirectory } from '@odst/testing';
import { afterAll, describe, expect, test } from 'vitest';
import { guideBlock } from '../support/guide.ts';
import { nodeProgram } from '../support/program.ts';
import { hasNginx } from '../support/reverse-proxy.ts';
import { startServerProcess } from '../support/server-process.ts';

const run = promisify(execFile);
const guide = 'docs/guides/tls.md';
const cli = fileURLToPath(new URL('../../cli/src/main.js', import.meta.url));
const trusted = getCACertificates('default');
const withoutNginx = !(await hasNginx());

const sh = (script: string, cwd: string, env: Record<string, string> = {}) =>
  run('bash', ['-ec', script], { cwd, env: { PATH: process.env['PATH'] ?? '', ...env } });

describe.skipIf(!(await requirement('openssl', () => commandExists('openssl'))))('the guide to TLS', () => {
  afterAll(() => setDefaultCACertificates(trusted));

  test('makes an authority and a certificate that a server, curl and odst work with', async () => {
    await using folder = await temporaryDirectory();
    const { path } = folder;
    const port = await freePort();
    await sh(await guideBlock(guide, 'authority', {}), path);
    await sh(await guideBlock(guide, 'certificate', { 'DNS:ods.example.org': 'DNS:localhost,IP:127.0.0.1' }), path);
    const here = { '/etc/odst': path, 'ods.example.org': '127.0.0.1', '8443': `${port}` };
    const conf = join(path, 'ods.conf');
    await writeFile(conf, await guideBlock(guide, 'settings', here));
    setDefaultCACertificates([...trusted, await readFile(join(path, 'ca.pem'), 'utf8')]);
    // The harness knows by the environment that it is https.
    const env = { ODS_CONF: conf, ODST_HOST: '127.0.0.1', ODST_TLS_CERT: join(path, 'ods.pem') };
    await using server = await startServerProcess({ dataDir: join(path, 'data'), port, env });
    // It tries its own URL each time, and gives itself 3 s to answer.
    await eventually(async () => {
      expect(((await (await server.admin.send('/api/v1/settings')).json()) as { warnings: string[] }).warnings).toEqual([]);
      return true;
    });
    const { command } = nodeProgram('');
    const lines = await guideBlock(guide, 'look', { ...here, 'npx -y pnpm odst': `'${command}' '${cli}'` });
    const { stdout } = await sh(lines, path, { ODST_PASSWORD: 'ods1234!' });
    expect(stdout).toMatch(/^ok certificate: ends /m);
    expect(stdout).toMatch(/^ODS +Prod +self /m);
  });

  test('has a hook that puts certbot’s files where the server reads them', async () => {
    await using folder = await temporaryDirectory();
    const { path } = folder;
    const places = { '/etc/letsencrypt/renewal-hooks/deploy': path, '/etc/odst': path, '-o odst': `-o ${userInfo().username}` };
    await sh(await guideBlock(guide, 'hook', places), path);
    await mkdir(join(path, 'live'));
    for (const name of ['fullchain.pem', 'privkey.pem']) await writeFile(join(path, 'live', name), name);
    await chmod(path, 0o700);
    await run(join(path, 'odst.sh'), { env: { PATH: process.env['PATH'] ?? '', RENEWED_LINEAGE: join(path, 'live') } });
    expect(await readFile(join(path, 'fullchain.pem'), 'utf8')).toBe('fullchain.pem');
    expect((await stat(join(path, 'privkey.pem'))).mode & 0o777).toBe(0o600);
  });

  test.skipIf(withoutNginx)('has a configuration that nginx takes', async () => {
    await using folder = await temporaryDirectory();
    const { path } = folder;
    await sh(await guideBlock(guide, 'authority', {}), path);
    const server = await guideBlock(guide, 'proxy', {
      '/etc/letsencrypt/live/ods.example.org/fullchain.pem': join(path, 'ca.pem'),
      '/etc/letsencrypt/live/ods.example.org/privkey.pem': join(path, 'ca.key'),
      'listen 443': `listen 127.0.0.1:${await freePort()}`,
    });
    await writeFile(join(path, 'nginx.conf'), `error_log stderr; pid ${path}/pid; events {} http { ${server} }`);
    const { stderr } = await run('nginx', ['-t', '-c', join(path, 'nginx.conf')]);
    expect(stderr).toContain('test is successful');
  });
});

test('the guide to TLS names settings that there are', async () => {
  const text = await readFile(new URL(`../../${guide}`, import.meta.url), 'utf8');
  const named = [...text.matchAll(/\bODST?_[A-Z_]+\b/g)].map(([name]) => name);
  expect(named.filter((name) => !settingNames.includes(name))).toEqual([]);
  expect(await guideBlock(guide, 'behind the proxy', {})).toContain('ODST_TRUSTED_PROXIES');
  // Else a session's cookie is not Secure.
  expect(await guideBlock(guide, 'proxy', {})).toContain('proxy_set_header X-Forwarded-Proto $scheme;');
});
