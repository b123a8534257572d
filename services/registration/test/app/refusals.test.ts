import { describe, expect, test } from 'vitest';
import { basic, elsewhere, local, startAccess } from '../support/access.ts';
import { adminCommand } from '../support/memory-server.ts';

const newest = { beforeId: 0n, limit: 1_000, actor: '', text: '' };
const minuteMs = 60_000;

describe('what was refused', () => {
  test('is kept with who, what and from where, counted by the minute', async () => {
    const { server, clock } = await startAccess('own password');
    const wrong = { ...local, remoteAddress: '192.0.2.9', authorization: basic('admin', 'wrong') };
    for (let guess = 0; guess < 3; guess += 1) await expect(server.authorize(wrong)).rejects.toThrow();
    clock.advance(minuteMs);
    await expect(server.authorize(wrong)).rejects.toThrow();
    const rows = await server.refusals.list(newest);
    const what = {
      actor: 'account:admin',
      code: 'REGISTRATION_CREDENTIALS_INVALID',
      remoteAddress: '192.0.2.9',
      path: local.path,
    };
    expect(rows).toMatchObject([
      { ...what, count: 1 },
      { ...what, count: 3 },
    ]);
  });

  test('names the token whose right did not go so far', async () => {
    const { server } = await startAccess('own password');
    const issuer = { role: 'admin', stages: ['Dev', 'Test', 'Prod'] } as const;
    const asked = {
      username: 'admin',
      name: 'ci',
      role: 'viewer',
      stages: [],
      expiresAt: undefined,
      issuer,
      issuerTokenId: '',
    } as const;
    const { secret } = await server.apiTokens.issue(asked, adminCommand());
    const request = { ...local, ...elsewhere, authorization: `Bearer ${secret}`, action: 'packages:upload' };
    await expect(server.authorize(request)).rejects.toThrow();
    const [row] = await server.refusals.list(newest);
    expect(row).toMatchObject({ actor: 'token:admin/ci', code: 'COMMON_ACCESS_DENIED', action: 'packages:upload' });
  });

  test('has no name of no account, as that may be a password, and no credential', async () => {
    const { server, lines } = await startAccess('own password');
    const typed = 'my password by mistake';
    const from = { remoteAddress: '192.0.2.9', forwarded: false, host: 'ods.example.org', userAgent: '' };
    await expect(server.sessions.start({ username: typed, password: 'secret one' }, from, adminCommand())).rejects.toThrow();
    await expect(server.authorize({ ...local, authorization: 'Bearer odst_secret_two' })).rejects.toThrow();
    const change = { username: 'admin', password: 'secret three', newPassword: 'secret four and more' };
    const page = { ...from, session: '' };
    await expect(server.sessions.changePassword(change, page, adminCommand())).rejects.toThrow();
    const rows = await server.refusals.list(newest);
    expect(rows.map(({ actor, path }) => [actor, path]).toSorted()).toEqual([
      ['', '/api/admin/about'],
      ['', '/api/v1/session'],
      ['account:admin', '/api/v1/session/password'],
    ]);
    const kept = JSON.stringify(rows, (_name, value) => (typeof value === 'bigint' ? String(value) : value));
    expect(kept).not.toMatch(/secret|mistake/);
    // Each is in the log too, which no page shows.
    expect(lines.filter((line) => line.includes('refused a request'))).toHaveLength(3);
    expect(lines.join('')).not.toContain('secret');
  });

  test('stays within bounds, from however many networks it comes', async () => {
    const { server, clock } = await startAccess('own password');
    for (let network = 0; network < 1_000; network += 1) {
      const remoteAddress = `198.51.${network >> 8}.${network & 255}`;
      server.refusals.note({
        actor: '',
        remoteAddress,
        code: 'REGISTRATION_TOKEN_REFUSED',
        action: 'about:read',
        method: 'GET',
        path: '/',
      });
    }
    const rows = await server.refusals.list(newest);
    expect(rows).toHaveLength(101);
    expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(1_000);
    expect(rows.filter(({ remoteAddress }) => remoteAddress === '')).toMatchObject([{ count: 900 }]);
    clock.advance(91 * 24 * 60 * minuteMs);
    await server.refusals.forgetOld();
    await expect(server.refusals.list(newest)).resolves.toEqual([]);
  });
});
