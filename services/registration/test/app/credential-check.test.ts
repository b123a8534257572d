import { describe, expect, test } from 'vitest';
import { nodeRandom } from '../../src/adapters/node-random.ts';
import { ensureAdmin } from '../../src/app/ensure-admin.ts';
import { basic, elsewhere, local, refused, startAccess } from '../support/access.ts';

const own = { ...local, ...elsewhere, authorization: basic('admin', 'own password') };
const dayMs = 24 * 3_600_000;
const limited = refused('REGISTRATION_LOGIN_LIMITED');

type Access = Awaited<ReturnType<typeof startAccess>>;
type Replica = Pick<Access['server'], 'authorize'>;

/** The codes of so many wrong guesses, one after the other. */
async function guess(server: Replica, times: number, from: Partial<typeof own> = {}): Promise<readonly string[]> {
  const codes: string[] = [];
  for (let number = 0; number < times; number += 1) {
    const request = { ...own, authorization: basic('admin', `guess ${number}`), ...from };
    codes.push(
      await server.authorize(request).then(
        () => 'granted',
        ({ code }) => code,
      ),
    );
  }
  return codes;
}

describe('a password', () => {
  test('is looked at once a minute', async () => {
    const { server, clock } = await startAccess('own password');
    for (let count = 0; count < 5; count += 1) await server.authorize(own);
    expect(server.hasher.verifications()).toBe(1);
    clock.advance(60_001);
    await server.authorize(own);
    expect(server.hasher.verifications()).toBe(2);
  });

  test('is looked at once for requests that come together', async () => {
    const { server } = await startAccess('own password');
    await Promise.all(Array.from({ length: 20 }, () => server.authorize(own)));
    expect(server.hasher.verifications()).toBe(1);
  });

  test('that was changed is worth nothing at once', async () => {
    const { server } = await startAccess();
    await server.authorize(local);
    const { directory, streams, secrets, hasher } = server;
    const deps = { directory, streams, secrets, hasher, random: nodeRandom };
    await ensureAdmin(deps, 'own password');
    await server.directory.catchUp();
    await expect(server.authorize(local)).rejects.toThrow(refused('REGISTRATION_CREDENTIALS_INVALID'));
  });

  test('of an unknown account takes as long as that of a known one', async () => {
    const { server } = await startAccess('own password');
    const cost = () => [
      server.hasher.verifications(),
      server.secrets.reads(),
      server.hasher.marks(),
      server.knownLogins.queries(),
    ];
    const costOf = async (username: string) => {
      const before = cost();
      await expect(server.authorize({ ...own, authorization: basic(username, 'x') })).rejects.toThrow();
      return cost().map((count, index) => count - (before[index] ?? 0));
    };
    expect(await costOf('root')).toEqual([1, 1, 0, 0]);
    expect(await costOf('admin')).toEqual([1, 1, 0, 0]);
    for (const username of ['root', 'admin']) await guess(server, 6, { authorization: basic(username, 'y') });
    expect(await costOf('root')).toEqual([0, 0, 1, 1]);
    expect(await costOf('admin')).toEqual([0, 0, 1, 1]);
  });

  test('counts as no guess when the database does not answer', async () => {
    const { server } = await startAccess('own password');
    const secrets = new Map(server.secrets.all);
    server.secrets.all.clear();
    for (let count = 0; count < 60; count += 1) await expect(server.authorize(own)).rejects.toThrow('no secret');
    for (const [id, secret] of secrets) server.secrets.all.set(id, secret);
    await expect(server.authorize(own)).resolves.toBeDefined();
  });
});

describe('guesses', () => {
  test('are looked at five times, then ever more slowly, also many at once', async () => {
    const { server, clock } = await startAccess('own password');
    const authorize = (number: number) => server.authorize({ ...own, authorization: basic('admin', `guess ${number}`) });
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, (_, number) => authorize(number)));
    const codes = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'granted'));
    expect(codes.filter((code) => code === 'REGISTRATION_CREDENTIALS_INVALID')).toHaveLength(6);
    expect(codes.filter((code) => code === 'REGISTRATION_LOGIN_LIMITED')).toHaveLength(14);
    // The right password is no better off, where this address never gave it.
    await expect(server.authorize(own)).rejects.toThrow(
      expect.objectContaining({ code: 'REGISTRATION_LOGIN_LIMITED', details: { retryAfterSeconds: 1 } }),
    );
    // Another address, and another account from the same one, are not concerned.
    await expect(server.authorize({ ...own, remoteAddress: '192.0.2.10' })).resolves.toBeDefined();
    await expect(server.authorize({ ...own, authorization: basic('root', 'x') })).rejects.toThrow(
      refused('REGISTRATION_CREDENTIALS_INVALID'),
    );
    clock.advance(1_000);
    await expect(server.authorize(own)).resolves.toBeDefined();
    await expect(authorize(99)).rejects.toThrow(refused('REGISTRATION_CREDENTIALS_INVALID'));
  });

  test('at ever other accounts are limited by their network, whatever its addresses', async () => {
    const { server } = await startAccess('own password');
    const codes: string[] = [];
    for (let number = 0; number < 60; number += 1) {
      const [username, remoteAddress] = [`user ${number}`, `2001:db8::${number.toString(16)}`];
      codes.push(...(await guess(server, 1, { remoteAddress, authorization: basic(username, 'Summer2026') })));
    }
    expect(codes.slice(0, 51)).toEqual(Array(51).fill('REGISTRATION_CREDENTIALS_INVALID'));
    expect(codes.slice(51)).toEqual(Array(9).fill('REGISTRATION_LOGIN_LIMITED'));
    await expect(server.authorize({ ...own, remoteAddress: '2001:db8:0:1::1' })).resolves.toBeDefined();
  });

  test('of a network are counted on when one of its accounts logs in between', async () => {
    const { server } = await startAccess('own password');
    const codes: string[] = [];
    for (let number = 0; number < 60; number += 1) {
      await server.authorize(own);
      codes.push(...(await guess(server, 1, { authorization: basic(`user ${number}`, 'Summer2026') })));
    }
    expect(codes.filter((code) => code === 'REGISTRATION_LOGIN_LIMITED')).toHaveLength(9);
  });
});

describe('credentials that a network gave rightly', () => {
  test('pass while others are limited, from there and elsewhere, and are no excuse for guesses', async () => {
    const { server, clock } = await startAccess('own password');
    await server.authorize(own);
    for (const remoteAddress of [own.remoteAddress, '192.0.2.10']) {
      const codes = await guess(server, 100, { remoteAddress });
      expect(codes.slice(6)).toEqual(Array(94).fill('REGISTRATION_LOGIN_LIMITED'));
    }
    for (let minute = 0; minute < 5; minute += 1) {
      await guess(server, 10);
      await guess(server, 10, { remoteAddress: '192.0.2.10' });
      await expect(server.authorize(own)).resolves.toBeDefined();
      await expect(server.authorize({ ...own, remoteAddress: '192.0.2.10' })).rejects.toThrow(limited);
      clock.advance(61_000);
    }
  });

  test('pass from memory, without a query or a hash, a minute long', async () => {
    const { server } = await startAccess('own password');
    await server.authorize(own);
    await guess(server, 10);
    const cost = () => [
      server.hasher.verifications(),
      server.secrets.reads(),
      server.hasher.marks(),
      server.knownLogins.queries(),
    ];
    const before = cost();
    for (let count = 0; count < 2_000; count += 1) await server.authorize(own);
    expect(cost()).toEqual(before);
  });

  test('are written once a day', async () => {
    const { server, clock } = await startAccess('own password');
    const written = async () => {
      const before = server.knownLogins.queries();
      await server.authorize(own);
      return server.knownLogins.queries() - before;
    };
    expect(await written()).toBe(1);
    for (let minute = 0; minute < 10; minute += 1) {
      clock.advance(61_000);
      expect(await written()).toBe(0);
    }
    clock.advance(dayMs);
    expect(await written()).toBe(1);
  });

  test('pass after a restart and at another replica, for 30 days and not for ever', async () => {
    const { server, clock } = await startAccess('own password');
    await server.authorize(own);
    clock.advance(30 * dayMs);
    const replica = server.replica();
    await guess(replica, 10);
    await expect(replica.authorize(own)).resolves.toBeDefined();
    await expect(replica.authorize({ ...own, remoteAddress: '192.0.2.10' })).resolves.toBeDefined();
    // It was given again, so the days begin anew.
    clock.advance(30 * dayMs);
    const later = server.replica();
    await guess(later, 10);
    await expect(later.authorize(own)).resolves.toBeDefined();
    clock.advance(32 * dayMs);
    const tooLate = server.replica();
    await guess(tooLate, 10);
    await expect(tooLate.authorize(own)).rejects.toThrow(limited);
  });

  test('of a former password pass no more', async () => {
    const { server } = await startAccess();
    const first = { ...local, authorization: local.authorization };
    await server.authorize(first);
    const { directory, streams, secrets, hasher } = server;
    const deps = { directory, streams, secrets, hasher, random: nodeRandom };
    await ensureAdmin(deps, 'own password');
    await server.directory.catchUp();
    const here = { remoteAddress: first.remoteAddress, host: first.host };
    await guess(server, 10, here);
    await expect(server.authorize(first)).rejects.toThrow(limited);
    await expect(server.authorize({ ...own, ...here })).rejects.toThrow(limited);
  });

  test('do not let others of their network try passwords without end', async () => {
    const { server, clock } = await startAccess('own password');
    await server.authorize(own);
    await guess(server, 6);
    const before = server.knownLogins.queries();
    expect(new Set(await guess(server, 3_000))).toEqual(new Set(['REGISTRATION_LOGIN_LIMITED']));
    expect(server.knownLogins.queries() - before).toBe(300);
    await expect(server.authorize(own)).rejects.toThrow(limited);
    clock.advance(5_000);
    await guess(server, 6);
    await expect(server.authorize(own)).resolves.toBeDefined();
  });

  test('pass while somebody behind the same address guesses at other accounts', async () => {
    const { server, clock } = await startAccess('own password');
    await server.authorize(own);
    for (let number = 0; number < 3_000; number += 1) {
      await guess(server, 1, { authorization: basic('root', `guess ${number}`) });
    }
    for (let number = 0; number < 60; number += 1) await guess(server, 1, { authorization: basic(`user ${number}`, 'x') });
    await expect(server.authorize({ ...own, authorization: basic('admin', 'another') })).rejects.toThrow(limited);
    await expect(server.authorize(own)).resolves.toBeDefined();
    clock.advance(500);
    await expect(server.authorize(own)).resolves.toBeDefined();
  });

  test('tell nothing more once the looks of their account are used up, remembered or not', async () => {
    const { server } = await startAccess('own password');
    await server.authorize(own);
    await guess(server, 400);
    await expect(server.authorize(own)).rejects.toThrow(limited);
  });

  test('pass however often a script of the same network repeats wrong ones', async () => {
    const { server } = await startAccess('own password');
    await server.authorize(own);
    await guess(server, 3_000, { authorization: basic('admin', 'former password') });
    await expect(server.authorize(own)).resolves.toBeDefined();
  });

  test('are right also where they cannot be noted', async () => {
    const { server, lines } = await startAccess('own password');
    server.knownLogins.breakDown();
    await expect(server.authorize(own)).resolves.toBeDefined();
    expect(lines.filter((line) => line.includes('could not be noted'))).toHaveLength(1);
    expect(lines.join('')).not.toContain('own password');
  });
});
