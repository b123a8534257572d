import { join } from 'node:path';
import { operations } from '@odst/api';
import { type Plant, plantedCopy } from '@odst/testing';
import { describe, expect, test } from 'vitest';

type Access = typeof import('./support/access.ts');
type Roles = typeof import('../src/domain/roles.ts');
type Load = <Module>(file: string) => Promise<Module>;

const password = 'own password';
const dayMs = 24 * 3_600_000;
const metadata = { commandId: 'c', correlationId: 'c', causationId: '', actor: 'test', remoteAddress: '', traceparent: '' };
const command = (commandId: string) => ({ ...metadata, commandId });
const from = { remoteAddress: '192.0.2.9', forwarded: false, host: 'ods.example.org', userAgent: 'Firefox' };
const credential = { username: 'admin', password };
const eva = { username: 'eva', password: 'correct horse', role: 'promoter', stages: [] } as const;
const issuer = { role: 'admin', stages: ['Dev', 'Test', 'Prod'] } as const;
const token = {
  username: 'eva',
  name: 'ci',
  role: 'promoter',
  stages: [],
  expiresAt: undefined,
  issuer,
  issuerTokenId: '',
} as const;

const open = async (load: Load, adminPassword?: string) => {
  const access = await load<Access>('test/support/access.ts');
  return { ...access, ...(await access.startAccess(adminPassword)) };
};

async function loggedIn(load: Load) {
  const { server, clock, local, elsewhere } = await open(load, password);
  const { token: session } = await server.sessions.start(credential, from, command('login'));
  return { server, clock, request: { ...local, ...elsewhere, authorization: '', session } };
}

async function issued(load: Load, expiresAt?: Date) {
  const { server, clock, local } = await open(load, password);
  await server.accounts.create(eva, command('eva'));
  const { secret } = await server.apiTokens.issue({ ...token, expiresAt }, command('ci'));
  return { server, clock, request: { ...local, authorization: `Bearer ${secret}`, action: 'packages:change' } };
}

/** What has to hold of whoever may do what. Each throws where it does not. */
const promises = {
  async 'each action is for the role that the API document names'(load: Load) {
    const { leastRoles } = await load<Roles>('src/domain/roles.ts');
    const named = operations.flatMap(({ access }) => (typeof access === 'object' ? [[access.action, access.role] as const] : []));
    expect({ ...leastRoles, ...Object.fromEntries(named) }).toEqual(leastRoles);
  },
  async 'a token ends at its time'(load: Load) {
    const { server, clock, request } = await issued(load, new Date(Date.now() + 10_000 * dayMs));
    await expect(server.authorize(request)).resolves.toMatchObject({ role: 'promoter' });
    clock.advance(20_000 * dayMs);
    await expect(server.authorize(request)).rejects.toMatchObject({ code: 'REGISTRATION_TOKEN_REFUSED' });
  },
  async 'a token does no more than its owner may now'(load: Load) {
    const { server, request } = await issued(load);
    await expect(server.authorize(request)).resolves.toMatchObject({ role: 'promoter' });
    await server.accounts.change('eva', { role: 'uploader' }, command('lower'));
    await expect(server.authorize(request)).rejects.toMatchObject({ code: 'COMMON_ACCESS_DENIED' });
  },
  async 'a session ends when its account gets another password'(load: Load) {
    const { server, request } = await loggedIn(load);
    await expect(server.authorize(request)).resolves.toMatchObject({ username: 'admin' });
    await server.accounts.change('admin', { password: 'another password' }, command('change'));
    await expect(server.authorize(request)).rejects.toMatchObject({ code: 'REGISTRATION_SESSION_OVER' });
  },
  async 'a session is not renewed by polling'(load: Load) {
    const { server, clock, request } = await loggedIn(load);
    clock.advance(dayMs / 3);
    await expect(server.authorize(request)).resolves.toMatchObject({ username: 'admin' });
    clock.advance(dayMs / 3);
    await expect(server.authorize(request)).rejects.toMatchObject({ code: 'REGISTRATION_SESSION_OVER' });
  },
  async 'a limit to stages keeps an admin from what is of all stages'(load: Load) {
    const { server, local } = await open(load, password);
    await server.accounts.create({ ...eva, role: 'admin', stages: ['Dev'] }, command('eva'));
    const authorization = `Basic ${Buffer.from('eva:correct horse').toString('base64')}`;
    const request = { ...local, authorization };
    await expect(server.authorize({ ...request, action: 'packages:change' })).resolves.toMatchObject({ stages: ['Dev'] });
    for (const action of ['peers:register', 'about:update', 'about:read-key', 'about:rotate-key', 'accounts:change']) {
      await expect(server.authorize({ ...request, action })).rejects.toMatchObject({ code: 'COMMON_ACCESS_DENIED' });
    }
  },
  async 'logins of one account cannot fill the events'(load: Load) {
    const { server } = await open(load, password);
    for (let count = 0; count < 200; count += 1) await server.sessions.start(credential, from, command(`login ${count}`));
    const limited = { code: 'REGISTRATION_LOGIN_LIMITED' };
    await expect(server.sessions.start(credential, from, command('one more'))).rejects.toMatchObject(limited);
  },
  async 'the default password works from nowhere else'(load: Load) {
    const { server, local, elsewhere } = await open(load);
    await expect(server.authorize(local)).resolves.toMatchObject({ role: 'admin' });
    const refused = { code: 'REGISTRATION_PASSWORD_DEFAULT' };
    await expect(server.authorize({ ...local, ...elsewhere })).rejects.toMatchObject(refused);
    const login = server.sessions.start({ username: 'admin', password: 'ods1234!' }, from, command('login'));
    await expect(login).rejects.toMatchObject(refused);
  },
};

const holes: Readonly<Record<string, Plant & { readonly breaks: keyof typeof promises }>> = {
  'a role too wide': {
    file: 'src/domain/roles.ts',
    from: "'packages:change': 'promoter'",
    to: "'packages:change': 'uploader'",
    breaks: 'each action is for the role that the API document names',
  },
  'a token that never expires': {
    file: 'src/domain/api-token.ts',
    from: 'token.expiresAt.getTime() <= now.getTime()',
    to: 'token.expiresAt.getTime() <= 0',
    breaks: 'a token ends at its time',
  },
  'a token wider than its owner': {
    file: 'src/domain/api-token.ts',
    from: 'return narrowest(token, owner);',
    to: 'return token;',
    breaks: 'a token does no more than its owner may now',
  },
  'a session that survives a change of password': {
    file: 'src/app/sessions.ts',
    from: 'if (session === undefined || account?.passwordSecretId !== session.passwordSecretId) return undefined;',
    to: 'if (session === undefined || account === undefined) return undefined;',
    breaks: 'a session ends when its account gets another password',
  },
  'a session that polling renews': {
    file: 'src/app/sessions.ts',
    from: 'if (active && now',
    to: 'if (now',
    breaks: 'a session is not renewed by polling',
  },
  'a limit to stages that does not limit an admin': {
    file: 'src/domain/roles.ts',
    from: "!action.endsWith(':read') && action !== 'self:change'",
    to: "action === 'accounts:change'",
    breaks: 'a limit to stages keeps an admin from what is of all stages',
  },
  'logins without end': {
    file: 'src/app/own-acts-limit.ts',
    from: 'acts.set(username, after);',
    to: '',
    breaks: 'logins of one account cannot fill the events',
  },
  'the default password from elsewhere': {
    file: 'src/app/sessions.ts',
    from: 'if (!account.defaultPassword || isFromHere(origin, directory.server().profile.url)) return;',
    to: 'if (!account.defaultPassword || isFromHere(origin, directory.server().profile.url) || origin.host !== "") return;',
    breaks: 'the default password works from nowhere else',
  },
};

const copyWith = (plant?: Plant) => plantedCopy(join(import.meta.dirname, '..'), ['src', 'test/support'], plant);

/** A copy is made and read anew, which takes a loaded machine seconds. */
const limitMs = 60_000;

test('what has to hold does', { timeout: limitMs }, async () => {
  await using copy = await copyWith();
  for (const promise of Object.values(promises)) await promise(copy.load);
});

describe('it does not with', () => {
  test.each(Object.entries(holes))('%s', { timeout: limitMs }, async (_name, { breaks, ...plant }) => {
    await using copy = await copyWith(plant);
    await expect(promises[breaks](copy.load)).rejects.toThrow(/expected|promise resolved/);
  });
});
