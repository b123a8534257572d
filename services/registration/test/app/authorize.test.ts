import { type Stage, stages } from '@odst/kernel';
import { describe, expect, test } from 'vitest';
import { nodeRandom } from '../../src/adapters/node-random.ts';
import { defaultAdminPassword, ensureAdmin } from '../../src/app/ensure-admin.ts';
import { basic, elsewhere, local, refused, startAccess as setUp } from '../support/access.ts';
import { adminCommand } from '../support/memory-server.ts';

describe('the default password', () => {
  test("works on the server's own machine", async () => {
    const { server } = await setUp();
    await expect(server.authorize(local)).resolves.toMatchObject({ actor: 'account:admin', role: 'admin', stages });
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
    const { directory, streams, secrets, hasher } = server;
    const deps = { directory, streams, secrets, hasher, random: nodeRandom };
    await ensureAdmin(deps, 'first of my own');
    await ensureAdmin(deps, 'second of my own');
    await ensureAdmin(deps, undefined);
    await server.directory.catchUp();
    await expect(server.authorize(local)).rejects.toThrow(refused('REGISTRATION_CREDENTIALS_INVALID'));
    const own = { ...local, ...elsewhere, authorization: basic('admin', 'first of my own') };
    await expect(server.authorize(own)).resolves.toMatchObject({ role: 'admin' });
    expect(
      [...server.secrets.all].filter(
        ([id, secret]) => id !== 'login-decoy' && Buffer.from(secret).toString().startsWith('hash of'),
      ),
    ).toHaveLength(1);
  });
});

test('the account admin that another admin removed does not come back with the documented password at a start', async () => {
  const { server } = await setUp('own password');
  const eva = { username: 'eva', password: 'correct horse', role: 'admin', stages: [] } as const;
  await server.accounts.create(eva, adminCommand());
  await server.accounts.remove('admin', adminCommand());
  const { directory, streams, secrets, hasher } = server;
  await expect(ensureAdmin({ directory, streams, secrets, hasher, random: nodeRandom }, undefined)).resolves.toBe(false);
  await directory.catchUp();
  expect(directory.accounts().map(({ username }) => username)).toEqual(['eva']);
});

describe('a request to the HTTP API', () => {
  test.each([
    ['nothing', '', 'COMMON_LOGIN_REQUIRED'],
    ['another scheme', 'Digest abc', 'COMMON_LOGIN_REQUIRED'],
    ['what is no token', 'Bearer abc', 'REGISTRATION_TOKEN_REFUSED'],
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
      const command = {
        type: 'CreateAccount',
        username,
        accountId: username,
        role: 'uploader',
        passwordSecretId,
        defaultPassword: false,
      } as const;
      const metadata = { ...adminCommand(), commandId: username };
      await server.streams.accounts.run({
        stream: `account-${username}`,
        command: () => ({ ...command, stages: limits }),
        metadata,
      });
      await server.directory.catchUp();
      return { ...local, authorization: basic(username, 'own password') };
    };
    const eva = await account('eva', ['Dev']);
    const upload = { ...eva, action: 'packages:upload' };
    await expect(server.authorize(upload)).resolves.toMatchObject({ actor: 'account:eva', role: 'uploader', stages: ['Dev'] });
    await expect(server.authorize({ ...eva, action: 'packages:read' })).resolves.toMatchObject({ stages });
    await expect(server.authorize({ ...eva, action: 'packages:change' })).rejects.toThrow(refused('COMMON_ACCESS_DENIED'));
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
