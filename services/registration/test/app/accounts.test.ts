import { stages } from '@odst/kernel';
import { describe, expect, test } from 'vitest';
import { basic, local, refused, startAccess } from '../support/access.ts';
import { adminCommand } from '../support/memory-server.ts';

const eva = { username: 'eva', password: 'correct horse', role: 'uploader', stages: ['Dev'] } as const;
const asEva = { ...local, authorization: basic('eva', eva.password) };

describe('accounts', () => {
  test('are made, changed and removed, each with effect at the next request', async () => {
    const { server } = await startAccess('own password');
    await server.accounts.create(eva, adminCommand());
    const upload = { ...asEva, action: 'packages:upload' };
    await expect(server.authorize(upload)).resolves.toMatchObject({ actor: 'account:eva', role: 'uploader', stages: ['Dev'] });
    await server.accounts.change('eva', { stages: ['Test'] }, adminCommand());
    await expect(server.authorize(upload)).resolves.toMatchObject({ stages: ['Test'] });
    await server.accounts.change('eva', { role: 'viewer' }, adminCommand());
    await expect(server.authorize(upload)).rejects.toThrow(refused('COMMON_ACCESS_DENIED'));
    await server.accounts.remove('eva', adminCommand());
    await expect(server.authorize(asEva)).rejects.toThrow(refused('REGISTRATION_CREDENTIALS_INVALID'));
  });

  test('keep no secret of a password that is gone', async () => {
    const { server } = await startAccess('own password');
    const before = [...server.secrets.all.keys()];
    await server.accounts.create(eva, adminCommand());
    await server.accounts.change('eva', { password: 'another password' }, adminCommand());
    expect([...server.secrets.all.keys()]).toHaveLength(before.length + 1);
    await server.accounts.remove('eva', adminCommand());
    expect([...server.secrets.all.keys()]).toEqual(before);
  });

  test('never leave the server without an admin', async () => {
    const { server } = await startAccess('own password');
    const lastAdmin = refused('REGISTRATION_ACCOUNT_LAST_ADMIN');
    await expect(server.accounts.remove('admin', adminCommand())).rejects.toThrow(lastAdmin);
    await expect(server.accounts.change('admin', { role: 'viewer' }, adminCommand())).rejects.toThrow(lastAdmin);
    await expect(server.accounts.change('admin', { stages: ['Dev'] }, adminCommand())).rejects.toThrow(lastAdmin);
    await server.accounts.create({ ...eva, role: 'admin', stages: [] }, adminCommand());
    const both = ['admin', 'eva'].map((username) => server.accounts.remove(username, adminCommand()));
    const outcomes = (await Promise.allSettled(both)).map(({ status }) => status);
    expect(outcomes).toEqual(['fulfilled', 'rejected']);
  });

  test('are changed by nobody whose own right has a limit, as it could lift that', async () => {
    const { server } = await startAccess('own password');
    await server.accounts.create({ ...eva, role: 'admin' }, adminCommand());
    const denied = refused('COMMON_ACCESS_DENIED');
    await expect(server.authorize({ ...asEva, action: 'accounts:change' })).rejects.toThrow(denied);
    await expect(server.authorize({ ...asEva, action: 'accounts:read' })).resolves.toMatchObject({ username: 'eva' });
    const issuer = { role: 'admin', stages: ['Dev'] } as const;
    const asked = {
      username: 'admin',
      name: 'dev',
      role: 'admin',
      stages: [],
      expiresAt: undefined,
      issuer,
      issuerTokenId: '',
    } as const;
    const { secret } = await server.apiTokens.issue(asked, adminCommand());
    const byToken = { ...local, authorization: `Bearer ${secret}`, action: 'accounts:change' };
    await expect(server.authorize(byToken)).rejects.toThrow(denied);
  });

  test('are not made twice, nor in a form that is refused', async () => {
    const { server } = await startAccess('own password');
    await server.accounts.create(eva, adminCommand());
    await expect(server.accounts.create(eva, adminCommand())).rejects.toThrow(refused('REGISTRATION_ACCOUNT_TAKEN'));
    for (const wrong of [{ username: 'Eva' }, { password: 'short' }, { password: 'ods1234!' }]) {
      const account = { ...eva, username: 'tom', ...wrong };
      await expect(server.accounts.create(account, adminCommand())).rejects.toThrow(refused('REGISTRATION_ACCOUNT_INVALID'));
    }
  });

  test('that get a wrong new password keep role and password', async () => {
    const { server } = await startAccess('own password');
    await server.accounts.create(eva, adminCommand());
    await expect(server.accounts.change('eva', { role: 'admin', password: 'short' }, adminCommand())).rejects.toThrow(
      refused('REGISTRATION_ACCOUNT_INVALID'),
    );
    await expect(server.authorize(asEva)).resolves.toMatchObject({ role: 'uploader' });
  });
});

describe('API tokens', () => {
  const admin = { role: 'admin', stages } as const;
  const ci = {
    username: 'eva',
    name: 'ci',
    role: 'uploader',
    stages: [],
    expiresAt: undefined,
    issuer: admin,
    issuerTokenId: '',
  } as const;
  const bearer = (secret: string) => ({ ...local, remoteAddress: '192.0.2.9', authorization: `Bearer ${secret}` });
  const start = async () => {
    const access = await startAccess('own password');
    await access.server.accounts.create({ ...eva, stages: ['Dev', 'Test'] }, adminCommand());
    return access;
  };

  test('open what owner and token may both do, and are noted as used', async () => {
    const { server, clock } = await start();
    const { token, secret } = await server.apiTokens.issue({ ...ci, stages: ['Dev'] }, adminCommand());
    expect(secret).toMatch(/^odst_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/);
    const granted = await server.authorize({ ...bearer(secret), action: 'packages:upload' });
    expect(granted).toMatchObject({
      actor: 'token:eva/ci',
      username: 'eva',
      role: 'uploader',
      stages: ['Dev'],
      tokenId: token.tokenId,
    });
    await expect(server.tokenUses.list()).resolves.toEqual([
      { tokenId: token.tokenId, usedAt: clock.now(), remoteAddress: '192.0.2.9' },
    ]);
    await server.accounts.change('eva', { stages: ['Test'] }, adminCommand());
    await expect(server.authorize({ ...bearer(secret), action: 'packages:upload' })).rejects.toThrow(
      refused('COMMON_ACCESS_DENIED'),
    );
  });

  test('that a token makes end no later than it does', async () => {
    const { server, clock } = await start();
    const expiresAt = new Date(clock.now().getTime() + 1_000);
    const { token } = await server.apiTokens.issue({ ...ci, expiresAt }, adminCommand());
    const child = { ...ci, name: 'child', issuerTokenId: token.tokenId };
    const later = new Date(expiresAt.getTime() + 1);
    for (const end of [undefined, later]) {
      await expect(server.apiTokens.issue({ ...child, expiresAt: end }, adminCommand())).rejects.toThrow(
        refused('REGISTRATION_TOKEN_INVALID'),
      );
    }
    await expect(server.apiTokens.issue({ ...child, expiresAt }, adminCommand())).resolves.toBeDefined();
    await server.apiTokens.revoke(token.tokenId, undefined, adminCommand());
    await expect(server.apiTokens.issue({ ...child, name: 'orphan' }, adminCommand())).rejects.toThrow(
      refused('REGISTRATION_TOKEN_REFUSED'),
    );
  });

  test('that another process revoked are refused as such, as is a password that it changed', async () => {
    const { server } = await start();
    const { token, secret } = await server.apiTokens.issue(ci, adminCommand());
    const other = await server.restart();
    await server.apiTokens.revoke(token.tokenId, undefined, adminCommand());
    await expect(other.authorize(bearer(secret))).rejects.toThrow(refused('REGISTRATION_TOKEN_REFUSED'));
    const third = await server.restart();
    await server.accounts.change('eva', { password: 'another password' }, adminCommand());
    await expect(third.authorize({ ...local, authorization: basic('eva', eva.password) })).rejects.toThrow(
      refused('REGISTRATION_CREDENTIALS_INVALID'),
    );
  });

  test('are 200 of one account at most', async () => {
    const { server } = await start();
    for (let number = 0; number < 200; number += 1) {
      await server.apiTokens.issue({ ...ci, name: `token ${number}` }, adminCommand());
    }
    await expect(server.apiTokens.issue(ci, adminCommand())).rejects.toThrow(refused('REGISTRATION_TOKEN_INVALID'));
  });

  test('end when they are revoked, expire, or lose their owner', async () => {
    const { server, clock } = await start();
    const expiresAt = new Date(clock.now().getTime() + 1_000);
    const issue = async (name: string) => (await server.apiTokens.issue({ ...ci, name, expiresAt }, adminCommand())).secret;
    const secrets = [await issue('a'), await issue('b'), await issue('c')] as const;
    const [first] = server.directory.tokens();
    await server.apiTokens.revoke(first?.tokenId ?? '', 'eva', adminCommand());
    const over = refused('REGISTRATION_TOKEN_REFUSED');
    await expect(server.authorize(bearer(secrets[0]))).rejects.toThrow(over);
    await expect(server.authorize(bearer(secrets[1]))).resolves.toBeDefined();
    clock.advance(1_000);
    await expect(server.authorize(bearer(secrets[1]))).rejects.toThrow(over);
    const { secret } = await server.apiTokens.issue(ci, adminCommand());
    await server.accounts.remove('eva', adminCommand());
    await expect(server.authorize(bearer(secret))).rejects.toThrow(over);
    await server.accounts.create(eva, adminCommand());
    await expect(server.authorize(bearer(secret))).rejects.toThrow(over);
  });

  test('are refused where a digit of the secret is wrong, and where they are made up', async () => {
    const { server } = await start();
    const { secret } = await server.apiTokens.issue(ci, adminCommand());
    const last = secret.endsWith('A') ? 'B' : 'A';
    for (const wrong of [
      `${secret.slice(0, -1)}${last}`,
      secret.toUpperCase(),
      `${secret}A`,
      `odst_${'0'.repeat(16)}_${'A'.repeat(43)}`,
      'x',
    ]) {
      await expect(server.authorize(bearer(wrong))).rejects.toThrow(refused('REGISTRATION_TOKEN_REFUSED'));
    }
  });

  test('may do no more than their owner and than who asks for them', async () => {
    const { server } = await start();
    const invalid = refused('REGISTRATION_TOKEN_INVALID');
    const viewer = { role: 'viewer', stages } as const;
    for (const tooWide of [{ role: 'admin' }, { stages: ['Prod'] }, { issuer: viewer }] as const) {
      await expect(server.apiTokens.issue({ ...ci, ...tooWide }, adminCommand())).rejects.toThrow(invalid);
    }
    const { token } = await server.apiTokens.issue({ ...ci, issuer: { ...admin, stages: ['Test', 'Prod'] } }, adminCommand());
    expect(token.stages).toEqual(['Test']);
    await expect(server.apiTokens.issue(ci, adminCommand())).rejects.toThrow(invalid);
    for (const name of ['', ' x', 'x'.repeat(65), 'a\nb']) {
      await expect(server.apiTokens.issue({ ...ci, name }, adminCommand())).rejects.toThrow(invalid);
    }
  });

  test('are revoked by others only for who may revoke all', async () => {
    const { server } = await start();
    const { token } = await server.apiTokens.issue(ci, adminCommand());
    const unknown = refused('REGISTRATION_TOKEN_UNKNOWN');
    await expect(server.apiTokens.revoke(token.tokenId, 'tom', adminCommand())).rejects.toThrow(unknown);
    await server.apiTokens.revoke(token.tokenId, undefined, adminCommand());
    await expect(server.apiTokens.revoke(token.tokenId, undefined, adminCommand())).rejects.toThrow(unknown);
  });
});
