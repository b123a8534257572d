import { type Stage, stages } from '@odst/kernel';
import { createLogger } from '@odst/telemetry';
import { manualClock } from '@odst/testing';
import { describe, expect, test } from 'vitest';
import { nodeRandom } from '../../src/adapters/node-random.ts';
import type { AccessRequest } from '../../src/app/authorize.ts';
import { defaultAdminPassword, ensureAdmin } from '../../src/app/ensure-admin.ts';
import { adminContext, memoryNetwork, startMemoryServer } from '../support/memory-server.ts';

const basic = (username: string, password: string) => `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
const local: AccessRequest = {
  authorization: basic('admin', defaultAdminPassword),
  remoteAddress: '127.0.0.1',
  forwarded: false,
  host: '127.0.0.1:8080',
  method: 'GET',
  path: '/api/admin/about',
  action: 'about:read',
};
const elsewhere = { remoteAddress: '192.0.2.9', host: 'ods.example.org' };
const refused = (code: string) => expect.objectContaining({ code });

async function setUp(adminPassword?: string) {
  const lines: string[] = [];
  const logger = createLogger({ name: 'test', destination: { write: (line) => lines.push(line) } });
  const clock = manualClock();
  const server = await startMemoryServer({
    network: memoryNetwork(),
    clock,
    url: 'http://127.0.0.1:8080',
    logger,
    ...(adminPassword === undefined ? {} : { adminPassword }),
  });
  return { server, clock, lines };
}

describe('the default password', () => {
  test("works on the server's own machine", async () => {
    const { server } = await setUp();
    await expect(server.authorize(local)).resolves.toEqual({ actor: 'account:admin', role: 'admin', stages });
  });

  test.each([
    ['from another address', { remoteAddress: '192.0.2.9' }],
    ['through a proxy', { forwarded: true }],
    ['under an unknown name', { host: 'rebound.example' }],
  ])('does not work %s', async (_how, how) => {
    const { server } = await setUp();
    await expect(server.authorize({ ...local, ...how })).rejects.toThrow(refused('REGISTRATION_PASSWORD_DEFAULT'));
  });

  test('is recognised also when it was set by hand', async () => {
    const { server } = await setUp(defaultAdminPassword);
    await expect(server.authorize({ ...local, ...elsewhere })).rejects.toThrow(refused('REGISTRATION_PASSWORD_DEFAULT'));
  });

  test('is replaced by one from the environment, which then rules', async () => {
    const { server } = await setUp();
    const deps = { aggregates: server.aggregates, secrets: server.secrets, hasher: server.hasher, random: nodeRandom };
    await ensureAdmin(deps, 'first of my own');
    await ensureAdmin(deps, 'second of my own');
    await ensureAdmin(deps, undefined);
    await server.directory.catchUp();
    await expect(server.authorize(local)).rejects.toThrow(refused('REGISTRATION_CREDENTIALS_INVALID'));
    const own = { ...local, ...elsewhere, authorization: basic('admin', 'first of my own') };
    await expect(server.authorize(own)).resolves.toMatchObject({ role: 'admin' });
    expect(
      [...server.secrets.all.values()].filter((secret) => Buffer.from(secret).toString().startsWith('hash of')),
    ).toHaveLength(1);
  });
});

describe('a request to the HTTP API', () => {
  test.each([
    ['nothing', '', 'COMMON_LOGIN_REQUIRED'],
    ['another scheme', 'Bearer abc', 'COMMON_LOGIN_REQUIRED'],
    ['what is no base64', 'Basic ***', 'REGISTRATION_CREDENTIALS_INVALID'],
    ['no colon', `Basic ${Buffer.from('admin').toString('base64')}`, 'REGISTRATION_CREDENTIALS_INVALID'],
    ['no user name', basic('', 'own password'), 'REGISTRATION_CREDENTIALS_INVALID'],
    ['a wrong password', basic('admin', 'wrong'), 'REGISTRATION_CREDENTIALS_INVALID'],
    ['an unknown account', basic('root', 'own password'), 'REGISTRATION_CREDENTIALS_INVALID'],
  ])('with %s is refused', async (_what, authorization, code) => {
    const { server } = await setUp('own password');
    await expect(server.authorize({ ...local, authorization })).rejects.toThrow(refused(code));
  });

  test('takes passwords with colons and of any Unicode', async () => {
    const { server } = await setUp('a:b:ü€');
    await expect(server.authorize({ ...local, ...elsewhere, authorization: basic('admin', 'a:b:ü€') })).resolves.toBeDefined();
  });

  test('for what nobody knows is refused even to an admin', async () => {
    const { server } = await setUp();
    await expect(server.authorize({ ...local, action: 'packages:burn' })).rejects.toThrow(refused('COMMON_ACCESS_DENIED'));
  });

  test('by an account that is limited to stages is let in for these', async () => {
    const { server } = await setUp('own password');
    const account = async (username: string, limits: readonly Stage[]) => {
      const passwordSecretId = server.directory.account('admin')?.passwordSecretId ?? '';
      const command = { type: 'CreateAccount', username, role: 'uploader', passwordSecretId, defaultPassword: false } as const;
      const metadata = { ...adminContext, commandId: username };
      await server.aggregates.account.run({
        stream: `account-${username}`,
        command: () => ({ ...command, stages: limits }),
        metadata,
      });
      await server.directory.catchUp();
      return { ...local, authorization: basic(username, 'own password') };
    };
    const eva = await account('eva', ['Dev']);
    const upload = { ...eva, action: 'packages:upload' };
    await expect(server.authorize(upload)).resolves.toEqual({ actor: 'account:eva', role: 'uploader', stages: ['Dev'] });
    await expect(server.authorize({ ...eva, action: 'packages:read' })).resolves.toMatchObject({ stages });
    await expect(server.authorize({ ...eva, action: 'packages:change-stage' })).rejects.toThrow(refused('COMMON_ACCESS_DENIED'));
    const nowhere = await account('tom', []);
    await expect(server.authorize({ ...nowhere, action: 'packages:upload' })).rejects.toThrow(refused('COMMON_ACCESS_DENIED'));
  });

  test('that is refused is logged with who and from where, without the password', async () => {
    const { server, lines } = await setUp('own password');
    await expect(server.authorize({ ...local, ...elsewhere, authorization: basic('eva', 'the-guess') })).rejects.toThrow();
    const [line = ''] = lines.filter((text) => text.includes('refused a request'));
    expect(JSON.parse(line)).toMatchObject({
      username: 'eva',
      remoteAddress: '192.0.2.9',
      method: 'GET',
      path: '/api/admin/about',
      code: 'REGISTRATION_CREDENTIALS_INVALID',
    });
    expect(lines.join('')).not.toContain('the-guess');
    expect(lines.join('')).not.toContain(basic('eva', 'the-guess').slice(6));
  });
});

describe('a password', () => {
  const own = { ...local, ...elsewhere, authorization: basic('admin', 'own password') };

  test('is looked at once a minute', async () => {
    const { server, clock } = await setUp('own password');
    for (let count = 0; count < 5; count += 1) await server.authorize(own);
    expect(server.hasher.verifications()).toBe(1);
    clock.advance(60_001);
    await server.authorize(own);
    expect(server.hasher.verifications()).toBe(2);
  });

  test('is looked at once for requests that come together', async () => {
    const { server } = await setUp('own password');
    await Promise.all(Array.from({ length: 20 }, () => server.authorize(own)));
    expect(server.hasher.verifications()).toBe(1);
  });

  test('that was changed is worth nothing at once', async () => {
    const { server } = await setUp();
    await server.authorize(local);
    const deps = { aggregates: server.aggregates, secrets: server.secrets, hasher: server.hasher, random: nodeRandom };
    await ensureAdmin(deps, 'own password');
    await server.directory.catchUp();
    await expect(server.authorize(local)).rejects.toThrow(refused('REGISTRATION_CREDENTIALS_INVALID'));
  });

  test('may be guessed five times, then ever more slowly, also many guesses at once', async () => {
    const { server, clock } = await setUp('own password');
    const guess = (number: number) => server.authorize({ ...own, authorization: basic('admin', `guess ${number}`) });
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, (_, number) => guess(number)));
    const codes = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'granted'));
    expect(codes.filter((code) => code === 'REGISTRATION_CREDENTIALS_INVALID')).toHaveLength(6);
    expect(codes.filter((code) => code === 'REGISTRATION_LOGIN_LIMITED')).toHaveLength(14);
    await expect(server.authorize(own)).rejects.toThrow(
      expect.objectContaining({ code: 'REGISTRATION_LOGIN_LIMITED', details: { retryAfterSeconds: 1 } }),
    );
    // Another address, and another account from the same one, are not concerned.
    await expect(server.authorize({ ...own, remoteAddress: '192.0.2.10' })).resolves.toBeDefined();
    clock.advance(1_000);
    await expect(server.authorize(own)).resolves.toBeDefined();
    await expect(guess(99)).rejects.toThrow(refused('REGISTRATION_CREDENTIALS_INVALID'));
  });

  test('of an unknown account takes as long as that of a known one', async () => {
    const { server } = await setUp('own password');
    await expect(server.authorize({ ...own, authorization: basic('root', 'x') })).rejects.toThrow();
    expect(server.hasher.verifications()).toBe(1);
  });
});
