import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { commandExists, eventually, freePort, requirement, temporaryDirectory } from '@odst/testing';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { guideBlock } from '../support/guide.ts';
import { installerFile } from '../support/installer-file.ts';
import { nodeProgram } from '../support/program.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

const hasScript = await requirement('script', () => commandExists('script'));
const { command } = nodeProgram('');
const cli = new URL('../../cli/src/main.js', import.meta.url).pathname;

/** Also what the server is started with, for the harness. */
const password = 'a password of its own';
/** The secrets that it is started with: SECRET_KEY and DATABASE_KEY. */
const configured = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')] as const;
const stack = new AsyncDisposableStack();
let folder = '';
let server: ServerProcess;

beforeAll(async () => {
  folder = stack.use(await temporaryDirectory()).path;
  const [secretKey, databaseKey] = configured;
  const env = { ODST_ADMIN_PASSWORD: password, ODST_STAGE: 'Dev', SECRET_KEY: secretKey, DATABASE_KEY: databaseKey };
  server = stack.use(await startServerProcess({ dataDir: join(folder, 'data'), port: await freePort(), env }));
});
afterAll(() => stack.disposeAsync());

type Environment = Readonly<Record<string, string>>;

/** Starts the command as a person's machine does; it ends with the test. */
function start(
  words: readonly string[],
  env: Environment = { ODST_PASSWORD: password },
  program: readonly string[] = [command, cli],
) {
  const [file = '', ...args] = [...program, ...words];
  const child = spawn(file, args, {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, ODST_URL: server.url, TERM: 'xterm', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const written = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    written.err += text;
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...written }));
  onTestFinished(async () => {
    if (child.exitCode === null) child.kill('SIGKILL');
    await ended;
  });
  return { child, ended, out: () => written.out };
}

const odst = (words: readonly string[], env?: Environment) => start(words, env).ended;

/** The command on a pseudo-terminal, where a person types. */
const onTerminal = (words: readonly string[], env: Environment = {}) =>
  start(['-qefc', ['exec', `'${command}'`, `'${cli}'`, ...words].join(' '), '/dev/null'], env, ['script']);

/** A line that fails: what is sent through it stands still after so many bytes of a PATCH, or is cut once there. */
async function startBadLine(how: 'stalls' | 'cuts', afterBytes: number) {
  const offsets: number[] = [];
  let isBad = true;
  let isStalled = false;
  const line = createServer((asked, answer) => {
    const { method, headers, url = '/' } = asked;
    const passed = request(`${server.url}${url}`, { method, headers }, (came) => {
      answer.writeHead(came.statusCode ?? 502, came.headers);
      came.pipe(answer);
    });
    passed.once('error', () => answer.destroy());
    // Who goes away takes the request along.
    asked.once('close', () => {
      if (!asked.complete) passed.destroy();
    });
    if (method === 'PATCH') offsets.push(Number(headers['upload-offset']));
    let bytes = 0;
    asked.on('data', (piece: Buffer) => {
      passed.write(piece);
      bytes += piece.length;
      if (method !== 'PATCH' || !isBad || bytes < afterBytes) return;
      if (how === 'cuts') {
        isBad = false;
        asked.destroy();
      } else {
        isStalled = true;
        asked.pause();
      }
    });
    asked.once('end', () => passed.end());
  });
  line.listen(0, '127.0.0.1');
  await once(line, 'listening');
  onTestFinished(async () => {
    line.closeAllConnections();
    line.close();
  });
  const mend = (): void => {
    isBad = false;
  };
  return { url: `http://127.0.0.1:${(line.address() as AddressInfo).port}`, offsets, isStalled: () => isStalled, mend };
}

/** Whether an upload began once and went on from bytes that were there; a slow server may be asked more than once. */
const wentOn = ([first, ...later]: readonly number[]) => first === 0 && later.length > 0 && later.every((offset) => offset > 0);

describe('odst', () => {
  test('says by its status what a script is to do next', async () => {
    const closed = `http://127.0.0.1:${await freePort()}`;
    expect(await odst(['peers', 'list', '--url', closed])).toMatchObject({
      code: 1,
      err: expect.stringContaining('ECONNREFUSED'),
    });
    expect(await odst(['peers', 'lists'])).toMatchObject({ code: 2, err: expect.stringContaining("unknown command 'lists'") });
    const unknown = await odst(['packages', 'show', 'NoSuch.pkg', '--json']);
    expect([unknown.code, JSON.parse(unknown.err)]).toEqual([
      3,
      expect.objectContaining({ code: 'CATALOG_PACKAGE_UNKNOWN', status: 404 }),
    ]);
    expect(await odst(['peers', 'list'], { ODST_PASSWORD: 'wrong' })).toMatchObject({ code: 4, out: '' });
    expect(await odst(['key', 'rotate'])).toMatchObject({
      code: 6,
      err: 'Nothing was changed. To do it: odst key rotate --yes\n',
    });
    expect(await odst(['key', 'rotate', '--dry-run'])).toMatchObject({ code: 0, err: '' });
    expect(await odst(['packages', 'list', '--json'])).toMatchObject({ code: 0, out: '{"items":[]}\n', err: '' });
  });

  test('looks at the server, and says what is well', async () => {
    const { code, out } = await odst(['doctor']);
    // A machine without room has something to look at.
    expect([0, 7, 8]).toContain(code);
    expect(out).toMatch(/^ok {4}server +http:\/\/127\.0\.0\.1:\d+ answers to admin, role admin$/m);
    for (const what of [
      'version',
      'certificate',
      'clock',
      'parts',
      'own URL',
      'peers',
      'conflicts',
      'dead letters',
      'read models',
    ]) {
      expect(out).toMatch(new RegExp(`^ok +${what} `, 'm'));
    }
  });

  test('changes settings, which the audit tells, and the feed as it happens', async () => {
    const following = start(['events', '--follow', '--json', '--types', 'ServerSettingsChanged', '--after', '0']);
    expect(await odst(['settings', 'set', 'name=Berlin', 'trashDays=14'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^name: +Berlin$/m),
    });
    await eventually(() => following.out().includes('"name":"Berlin"'), 60_000);
    expect(JSON.parse(following.out().split('\n')[0] ?? '')).toMatchObject({
      type: 'org.odst.registration.ServerSettingsChanged.v1',
    });
    following.child.kill('SIGINT');
    await following.ended;
    await eventually(
      async () => (await odst(['audit', '--search', 'ServerSettingsChanged'])).out.includes('account:admin'),
      30_000,
    );
    expect((await odst(['events', '--types', 'ServerSettingsChanged', '--after', '0'])).out).toContain(
      '  ServerSettingsChanged  ',
    );
  });

  test('saves what somebody who helps asks for, which nobody else here may read, and in which there is no secret', async () => {
    const token = JSON.parse((await odst(['tokens', 'create', 'bundle', '--role', 'viewer', '--json'])).out) as { token: string };
    const { key } = JSON.parse((await odst(['identity', 'show', '--json'])).out) as { key: string };
    const login = await server.admin.send('/api/v1/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'admin', password }),
    });
    const session = login.headers.get('set-cookie')?.split(';')[0]?.split('=')[1] ?? '';
    expect(await odst(['support-bundle', '--output', 'bundle.json'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('The support bundle is in bundle.json. Look through it'),
    });
    expect((await stat(join(folder, 'bundle.json'))).mode & 0o777).toBe(0o600);
    const text = await readFile(join(folder, 'bundle.json'), 'utf8');
    const { gatheredAt: _, ...parts } = JSON.parse(text) as Record<string, object>;
    expect(parts).toMatchObject({
      health: { isReady: true },
      system: { version: expect.any(String) },
      settings: { stage: 'Dev' },
    });
    for (const part of Object.values(parts)) expect(part).not.toHaveProperty('refused');
    const secrets = [password, Buffer.from(`admin:${password}`).toString('base64'), key, token.token, session, ...configured];
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(7);
      expect(text).not.toContain(secret);
    }
    expect(await odst(['support-bundle', '-o', 'denied.json'], { ODST_TOKEN: token.token })).toMatchObject({ code: 3 });
  });

  test('prints what another admin registers with, and is told why a registration fails', async () => {
    const { url, iss, key } = JSON.parse((await odst(['identity', 'show', '--json'])).out) as Record<
      'url' | 'iss' | 'key',
      string
    >;
    const itself = await odst(['peers', 'add', url, '--iss', iss], { ODST_PASSWORD: password, ODST_PEER_KEY: key });
    expect([itself.code, itself.err]).toEqual([3, expect.stringContaining('(REGISTRATION_PEER_SELF)')]);
    expect(itself.err).not.toContain(key);
  });

  test('fetches what a server serves, and keeps it once it is right', async () => {
    const file = await installerFile(join(folder, 'Büro 1.pkg'), 300_000, 'odst');
    expect((await server.admin.upload(file.path, 'Büro 1.pkg', 'Prod')).status).toBe(201);
    expect(await odst(['download', 'Büro 1.pkg', '-o', 'fetched.pkg'])).toMatchObject({ code: 0 });
    expect(await readFile(join(folder, 'fetched.pkg'))).toEqual(await readFile(file.path));
    expect(await odst(['download', 'Büro 1.pkg', '-o', 'no/such/folder.pkg'])).toMatchObject({ code: 1 });
  });
});

/** Runs a block of the guide as its reader does. @returns what its commands printed */
async function follow(mark: string, env: Environment, places: Environment = {}): Promise<string> {
  const text = await guideBlock('docs/guides/odst.md', mark, places);
  const script = text.replaceAll('npx -y pnpm odst', `'${command}' '${cli}'`).replaceAll('http://127.0.0.1:8080', server.url);
  const { code, out, err } = await start(['-ec', script], { ...env, HOME: join(folder, 'reader') }, ['bash']).ended;
  if (code !== 0) throw new Error(`${mark} ended with ${code}: ${out}${err}`);
  return out;
}

test('what the guide to odst says holds, line by line', async () => {
  await installerFile(join(folder, 'Installer.pkg'), 50_000, 'guide');
  await mkdir(join(folder, 'build'));
  await installerFile(join(folder, 'build', 'Nightly.pkg'), 50_000, 'nightly');
  expect(
    await follow(
      'login',
      { ODST_PASSWORD: password },
      { 'npx -y pnpm odst whoami': 'env -u ODST_PASSWORD npx -y pnpm odst whoami' },
    ),
  ).toMatch(/^Logged in at .*\nadmin, by API token: role admin, for Dev, Test, Prod\n$/ms);
  const uploaded = await follow('upload', {});
  expect(uploaded).toContain('Installer.pkg: uploaded to Dev (package ');
  expect(uploaded).toContain('Installer.pkg in Prod (');
  expect(await follow('undo', {})).toContain(
    'Nothing was changed. To do it: odst packages delete Installer.pkg --stage Prod --yes\n',
  );
  await follow('token', {});
  expect(await follow('build', {})).toBe('new content is at the server\n');
  expect(await follow('build', {})).toBe('unchanged: all of it was there\n');
  expect(JSON.parse(await readFile(join(folder, 'uploaded.json'), 'utf8'))).toMatchObject({
    items: [{ filename: 'Nightly.pkg', outcome: 'unchanged' }],
  });
});

describe('odst upload', () => {
  test('tells apart uploaded, unchanged, replaced and refused', async () => {
    const first = await installerFile(join(folder, 'NoMAD.pkg'), 200_000, 'first');
    expect(await odst(['upload', first.path, '--stage', 'Dev'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('NoMAD.pkg: uploaded to Dev (package '),
    });
    expect(await odst(['upload', first.path, '--stage', 'Dev', '--wait', 'all'])).toMatchObject({
      code: 10,
      // It may ask before this server has counted what it has just stored.
      err: expect.stringMatching(
        /^(NoMAD\.pkg: 0 of 1 sites hold it\n|NoMAD\.pkg is not counted yet\n)*NoMAD\.pkg: 1 of 1 sites hold it\n$/,
      ),
    });
    const promote = await odst(['upload', first.path, '--stage', 'Prod']);
    expect([promote.code, promote.err]).toEqual([3, expect.stringMatching(/packages promote \(CATALOG_STAGE_DIFFERS\)\n$/)]);
    const other = await installerFile(join(folder, 'NoMAD.pkg'), 200_000, 'second');
    expect(await odst(['upload', other.path, '--stage', 'Dev'])).toMatchObject({
      code: 3,
      err: expect.stringContaining('--replace (CATALOG_FILENAME_TAKEN)'),
    });
    const replaced = await odst(['upload', other.path, 'no-such.pkg', '--stage', 'Dev', '--replace', '--json']);
    expect([replaced.code, JSON.parse(replaced.out)]).toMatchObject([
      1,
      { items: [{ outcome: 'replaced' }, { outcome: 'failed' }] },
    ]);
    await eventually(async () => (await odst(['packages', 'trash'])).out.includes(first.sha256), 60_000);
    const places = {
      '60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752': first.sha256,
      '60303ae22b99': first.sha256.slice(0, 12),
      'Installer.pkg': 'NoMAD.pkg',
    };
    const looked = await follow('look-back', { ODST_PASSWORD: password }, places);
    expect(looked).toContain(`\nfrom  ${first.sha256}  195.3 KB\nto    ${other.sha256}  195.3 KB\n`);
    // Of all that it printed the last is what the stage has again.
    expect(looked).toMatch(
      new RegExp(`NoMAD\\.pkg +195\\.3 KB .* ${first.sha256}\\n[^]*Dev ${first.sha256.slice(0, 12)}.*; 1 in the trash\\n$`),
    );
  });

  test('goes on by itself after a cut, where it was', async () => {
    const line = await startBadLine('cuts', 2_000_000);
    const file = await installerFile(join(folder, 'Cut.pkg'), 6_000_000, 'cut');
    expect(await odst(['upload', file.path, '--stage', 'Dev', '--wait', 'all', '--url', line.url])).toMatchObject({
      ...{ code: 0, err: expect.stringMatching(/Cut\.pkg: 1 of 1 sites hold it\n$/) },
    });
    expect(wentOn(line.offsets)).toBe(true);
  });
});

describe.skipIf(!hasScript)('odst on a terminal', () => {
  test('logs in with a password that is not shown, keeps a token, and revokes it', async () => {
    const login = onTerminal(['login']);
    await eventually(() => login.out().includes('User name at '), 60_000);
    login.child.stdin.write('admin\r');
    await eventually(() => login.out().includes('Password of admin at '), 60_000);
    login.child.stdin.write(`${password}\r`);
    const { code, out } = await login.ended;
    expect([code, out]).toEqual([0, expect.stringContaining(`Logged in at ${server.url} as admin: role admin`)]);
    expect(out).not.toContain(password);
    const path = join(folder, '.config/odst/tokens');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const kept = await readFile(path, 'utf8');
    expect(await odst(['whoami'], {})).toMatchObject({ code: 0, out: 'admin, by API token: role admin, for Dev, Test, Prod\n' });
    expect(await odst(['logout'], {})).toMatchObject({ code: 0 });
    expect(await readFile(path, 'utf8')).toBe('');
    expect(await odst(['whoami'], { ODST_TOKEN: kept.trim().split(' ')[1] ?? '' })).toMatchObject({ code: 4 });
  });

  test('shows how far an upload is, and goes on after Ctrl-C when it is run again', async () => {
    const line = await startBadLine('stalls', 2_000_000);
    const file = await installerFile(join(folder, 'Slow.pkg'), 6_000_000, 'slow');
    const words = ['upload', file.path, '--stage', 'Dev', '--url', line.url];
    const sending = onTerminal(words, { ODST_PASSWORD: password });
    await eventually(
      () => line.isStalled() && /Slow\.pkg {2}[█░]+ {2}\d+ % {2}(?!0\.0 B)[\d.]+ [KM]B of 5\.7 MB/.test(sending.out()),
      30_000,
    );
    sending.child.stdin.write('\u0003');
    const { code, out } = await sending.ended;
    expect([code, out]).toEqual([130, expect.stringContaining('of Slow.pkg were sent. The same command goes on there')]);
    line.mend();
    const again = await odst(words);
    expect(again).toMatchObject({ code: 0, err: 'Slow.pkg: goes on with the upload of before\n' });
    expect(wentOn(line.offsets)).toBe(true);
  });

  test('asks before what cannot be undone, in colours unless NO_COLOR is set', async () => {
    const rotating = onTerminal(['key', 'rotate'], { ODST_PASSWORD: password });
    await eventually(() => rotating.out().includes('Do it? [y/N] '), 60_000);
    rotating.child.stdin.write('n\r');
    const { code, out } = await rotating.ended;
    expect([code, out]).toEqual([6, expect.stringContaining('\u001b[31mNothing was changed.\u001b[39m')]);
    // Nothing wipes the question away while it is answered.
    expect(out.split('Do it? [y/N] ')[1]).not.toContain('\u001b[0J');
    for (const more of [['--no-color'], []] as const) {
      const plain = onTerminal(['peers', 'show', '99', ...more], {
        ODST_PASSWORD: password,
        ...(more.length > 0 ? {} : { NO_COLOR: '1' }),
      });
      const ended = await plain.ended;
      expect([ended.code, ended.out.includes('\u001b[')]).toEqual([3, false]);
    }
  });
});
