import { describe, expect, test } from 'vitest';
import { createOwnActsLimit } from '../../src/app/own-acts-limit.ts';
import { basic, elsewhere, local, refused, startAccess } from '../support/access.ts';
import { adminCommand } from '../support/memory-server.ts';

const password = 'own password';
const browser = { ...elsewhere, forwarded: false, userAgent: 'Firefox' };
const limited = refused('REGISTRATION_LOGIN_LIMITED');
const minuteMs = 60_000;

test('an account has 200 acts on itself at once, and one more a minute', () => {
  let nowMs = 0;
  const limit = createOwnActsLimit({ clock: { now: () => new Date(nowMs) } });
  for (let act = 0; act < 200; act += 1) limit.count('eva');
  expect(() => limit.count('eva')).toThrow(limited);
  expect(() => limit.count('adam')).not.toThrow();
  nowMs += minuteMs - 1;
  expect(() => limit.count('eva')).toThrow(limited);
  nowMs += 1;
  limit.count('eva');
  expect(() => limit.count('eva')).toThrow(limited);
  // However long nothing is done, no more than 200 gather.
  nowMs += 1_000 * minuteMs;
  for (let act = 0; act < 200; act += 1) limit.count('eva');
  expect(() => limit.count('eva')).toThrow(limited);
});

describe('an account that goes on without end', () => {
  test('starts no more sessions, makes no more tokens and sets no more passwords, and what it has goes on', async () => {
    const { server, clock } = await startAccess(password);
    const login = () => {
      // Of 100 sessions that which was longest unused ends.
      clock.advance(1);
      return server.sessions.start({ username: 'admin', password }, browser, adminCommand());
    };
    let session = await login();
    const makeToken = async () => {
      const issuer = { role: 'admin', stages: ['Dev', 'Test', 'Prod'] } as const;
      const token = {
        username: 'admin',
        name: 'loop',
        role: 'viewer',
        stages: [],
        expiresAt: undefined,
        issuer,
        issuerTokenId: '',
      } as const;
      const { token: issued } = await server.apiTokens.issue(token, adminCommand());
      await server.apiTokens.revoke(issued.tokenId, undefined, adminCommand());
    };
    for (let count = 0; count < 200; count += 1) await makeToken();
    await expect(makeToken()).rejects.toThrow(limited);
    // Whoever has but one of its tokens does not keep it from logging in.
    for (let count = 1; count < 200; count += 1) session = await login();
    await expect(login()).rejects.toThrow(limited);
    const change = { username: 'admin', password, newPassword: 'another password' };
    await expect(server.sessions.changePassword(change, { ...browser, session: '' }, adminCommand())).rejects.toThrow(limited);
    const request = { ...local, ...elsewhere };
    await expect(server.authorize({ ...request, authorization: '', session: session.token })).resolves.toMatchObject({
      role: 'admin',
    });
    await expect(server.authorize({ ...request, authorization: basic('admin', password) })).resolves.toMatchObject({
      role: 'admin',
    });
    clock.advance(minuteMs);
    await login();
  });
});
