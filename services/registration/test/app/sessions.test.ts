import { describe, expect, test } from 'vitest';
import { basic, elsewhere, local, refused, startAccess } from '../support/access.ts';
import { adminCommand } from '../support/memory-server.ts';

const password = 'own password';
const credential = { username: 'admin', password };
const browser = { remoteAddress: '192.0.2.9', forwarded: false, host: 'ods.example.org', userAgent: 'Firefox/140\u001b[31m' };
const hourMs = 3_600_000;

/** A session of the admin, and the request that carries its cookie. */
async function loggedIn() {
  const { server, clock, lines } = await startAccess(password);
  const started = await server.sessions.start(credential, browser, adminCommand());
  const request = { ...local, ...elsewhere, authorization: '', session: started.token };
  return { server, clock, lines, request, sessionId: started.session.sessionId };
}

const over = refused('REGISTRATION_SESSION_OVER');

describe('a session', () => {
  test('opens what its account may do, and is listed with what opens nothing', async () => {
    const { server, request, sessionId } = await loggedIn();
    await expect(server.authorize(request)).resolves.toMatchObject({ actor: 'account:admin', role: 'admin', sessionId });
    const [listed] = await server.sessions.list('admin');
    expect(listed).toMatchObject({ sessionId, remoteAddress: '192.0.2.9', userAgent: 'Firefox/140 [31m' });
    await expect(server.authorize({ ...request, session: sessionId })).rejects.toThrow(over);
    const stored = Buffer.from(listed?.tokenHash ?? []).toString('base64url');
    await expect(server.authorize({ ...request, session: stored })).rejects.toThrow(over);
  });

  test('counts only where there is no Authorization header', async () => {
    const { server, request } = await loggedIn();
    await expect(server.authorize({ ...request, authorization: basic('admin', 'wrong') })).rejects.toThrow(
      refused('REGISTRATION_CREDENTIALS_INVALID'),
    );
  });

  test('has a new token at each login', async () => {
    const { server, request } = await loggedIn();
    const { token } = await server.sessions.start(credential, browser, adminCommand());
    expect(token).not.toBe(request.session);
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  test('is over 12 hours after the last act; polling does not renew it', async () => {
    const { server, clock, request } = await loggedIn();
    clock.advance(11 * hourMs);
    await server.authorize({ ...request, active: true });
    clock.advance(11 * hourMs);
    await server.authorize(request);
    clock.advance(hourMs);
    await expect(server.authorize(request)).rejects.toThrow(over);
    await expect(server.sessions.list('admin')).resolves.toEqual([]);
  });

  test('is over after 7 days, however much is done', async () => {
    const { server, clock, request } = await loggedIn();
    for (let hours = 0; hours < 7 * 24 - 6; hours += 6) {
      clock.advance(6 * hourMs);
      await server.authorize({ ...request, active: true });
    }
    clock.advance(6 * hourMs);
    await expect(server.authorize({ ...request, active: true })).rejects.toThrow(over);
    await server.sessions.forgetExpired();
    await expect(server.sessions.list(undefined)).resolves.toEqual([]);
  });

  test('is ended by its account or an admin, in every process at once', async () => {
    const { server, request, sessionId } = await loggedIn();
    const replica = server.replica();
    await expect(replica.authorize(request)).resolves.toBeDefined();
    await expect(server.sessions.end(sessionId, 'eva', adminCommand())).rejects.toThrow(refused('REGISTRATION_SESSION_UNKNOWN'));
    await server.sessions.end(sessionId, 'admin', adminCommand());
    for (const one of [server, replica]) await expect(one.authorize(request)).rejects.toThrow(over);
  });

  test('ends with the password; the one in which it was changed goes on under another token, which whoever stole it has not', async () => {
    const { server, request, sessionId } = await loggedIn();
    const other = await server.sessions.start(credential, browser, adminCommand());
    const change = { ...credential, newPassword: 'a better password' };
    const session = await server.sessions.changePassword(change, { ...browser, session: request.session }, adminCommand());
    await expect(server.authorize({ ...request, session })).resolves.toMatchObject({ sessionId });
    await expect(server.authorize(request)).rejects.toThrow(over);
    await expect(server.authorize({ ...request, session: other.token })).rejects.toThrow(over);
    await server.accounts.change('admin', { password: 'yet another one' }, adminCommand());
    await expect(server.authorize({ ...request, session })).rejects.toThrow(over);
  });

  test('keeps the first of two passwords that were set at once in the place of the same one', async () => {
    const { server } = await loggedIn();
    const set = (newPassword: string) =>
      server.sessions.changePassword({ ...credential, newPassword }, { ...browser, session: '' }, adminCommand());
    const outcomes = await Promise.allSettled([set('of its owner'), set('of who knew the old one')]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'REGISTRATION_CREDENTIALS_INVALID' },
    });
  });

  test('of another account does not go on with a change of password', async () => {
    const { server, request } = await loggedIn();
    await server.accounts.create({ username: 'eva', password: 'correct horse', role: 'viewer', stages: [] }, adminCommand());
    const change = { username: 'eva', password: 'correct horse', newPassword: 'a better password' };
    await server.sessions.changePassword(change, { ...browser, session: request.session }, adminCommand());
    const [row] = await server.sessions.list('admin');
    expect(row?.passwordSecretId).toBe(server.directory.account('admin')?.passwordSecretId);
  });

  test('ends with its account', async () => {
    const { server, request } = await loggedIn();
    await server.accounts.create({ username: 'eva', password: 'correct horse', role: 'admin', stages: [] }, adminCommand());
    await server.accounts.remove('admin', adminCommand());
    await expect(server.authorize(request)).rejects.toThrow(over);
  });

  test('is one of a hundred at most: the longest unused one ends', async () => {
    const { server, clock, request } = await loggedIn();
    for (let count = 0; count < 100; count += 1) {
      clock.advance(1_000);
      await server.sessions.start(credential, browser, adminCommand());
    }
    await expect(server.authorize(request)).rejects.toThrow(over);
    await expect(server.sessions.list('admin')).resolves.toHaveLength(100);
  });

  test('is not started with a wrong password, and guesses are limited', async () => {
    const { server } = await loggedIn();
    const guess = (n: number) => server.sessions.start({ username: 'admin', password: `guess ${n}` }, browser, adminCommand());
    for (let n = 0; n < 6; n += 1) await expect(guess(n)).rejects.toThrow(refused('REGISTRATION_CREDENTIALS_INVALID'));
    await expect(guess(6)).rejects.toThrow(refused('REGISTRATION_LOGIN_LIMITED'));
    await expect(server.sessions.start(credential, browser, adminCommand())).resolves.toBeDefined();
  });
});

describe('the default password', () => {
  const asDefault = { username: 'admin', password: 'ods1234!' };

  test('starts a session on the own machine only, and what it started works there only', async () => {
    const { server } = await startAccess();
    await expect(server.sessions.start(asDefault, browser, adminCommand())).rejects.toThrow(
      refused('REGISTRATION_PASSWORD_DEFAULT'),
    );
    const { token } = await server.sessions.start(asDefault, { ...local, userAgent: '' }, adminCommand());
    const request = { ...local, authorization: '', session: token };
    await expect(server.authorize(request)).resolves.toBeDefined();
    await expect(server.authorize({ ...request, ...elsewhere })).rejects.toThrow(refused('REGISTRATION_PASSWORD_DEFAULT'));
  });

  test('is good for setting another one from elsewhere, but not itself again', async () => {
    const { server } = await startAccess();
    const from = { ...browser, session: '' };
    const set = (newPassword: string) => server.sessions.changePassword({ ...asDefault, newPassword }, from, adminCommand());
    await expect(set('ods1234!')).rejects.toThrow(refused('REGISTRATION_ACCOUNT_INVALID'));
    await set('a better password');
    await expect(server.sessions.start(asDefault, browser, adminCommand())).rejects.toThrow(
      refused('REGISTRATION_CREDENTIALS_INVALID'),
    );
    await expect(
      server.sessions.start({ username: 'admin', password: 'a better password' }, browser, adminCommand()),
    ).resolves.toBeDefined();
  });

  test('is replaced by no page that made up a name for this machine', async () => {
    const { server } = await startAccess();
    const set = (origin: object) =>
      server.sessions.changePassword(
        { ...asDefault, newPassword: 'a better password' },
        { ...local, ...origin, session: '' },
        adminCommand(),
      );
    await expect(set({ host: 'rebound.example:8080' })).rejects.toThrow(refused('REGISTRATION_PASSWORD_DEFAULT'));
    await expect(server.authorize(local)).resolves.toMatchObject({ role: 'admin' });
    await set({ host: 'localhost:8080' });
  });
});
