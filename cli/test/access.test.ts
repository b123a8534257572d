import { describe, expect, test } from 'vitest';
import { unwritable } from '../src/reset-password.ts';
import type { DataDirs } from '../src/terminal.ts';
import { items, odst } from './support/odst.ts';

const basic = (credential: string) => `Basic ${Buffer.from(credential).toString('base64')}`;
const stages = ['Dev', 'Test', 'Prod'];
const times = { createdAt: '2026-01-01T00:00:00.000Z', passwordChangedAt: '2026-01-02T00:00:00.000Z' };
const eva = { username: 'eva', role: 'uploader', stages: ['Dev'], defaultPassword: false, ...times };
const id = '0123456789abcdef';
const token = `odst_${id}_${'A'.repeat(43)}`;
const ci = {
  ...{ id, name: 'autopkg', username: 'admin', role: 'uploader', stages: ['Dev'], issuedAt: '2026-01-01T00:00:00.000Z' },
  ...{ expiresAt: '2026-04-01T00:00:00.000Z', lastUsedAt: null, lastUsedFrom: null },
};
const done = () => new Response(null, { status: 204 });

describe('the login of odst', () => {
  const loginOf = async (env: Record<string, string | undefined>, world = {}, flags = '') => {
    const { requests, err } = await odst(`whoami${flags}`, [{ ...eva, credential: 'token' }], env, world);
    return requests[0]?.split(' ').slice(2).join(' ') ?? err;
  };
  const file = (text: string, mode = 0o100600) => ({ ownFiles: { read: async () => ({ text, mode }) } });
  const none = { ODST_PASSWORD: undefined };

  test('is the first that there is of token, password, file and what a person types', async () => {
    const kept = file(`# servers\nhttps://other.example ${token}X\nhttp://127.0.0.1:8080/ ${token}\n`);
    expect(await loginOf({ ODST_TOKEN: token, ODST_USER: 'ann' }, kept)).toBe(`Bearer ${token}`);
    expect(await loginOf({ ODST_USER: 'ann' }, kept)).toBe(basic('ann:secret'));
    expect(await loginOf(none, kept)).toBe(`Bearer ${token}`);
    expect(await loginOf({ ...none, ODST_USER: 'ann' }, { typed: ['hidden'] })).toBe(basic('ann:hidden'));
    expect(await loginOf({ ODST_TOKEN: token }, kept, ' --user ann')).toBe(basic('ann:secret'));
  });

  test('by a kept token is for the server of its line only', async () => {
    const kept = file(`https://other.example ${token}\n`);
    expect(await loginOf({ ...none }, kept)).toContain('no login: set ODST_TOKEN');
    expect(await loginOf({ ...none, ODST_URL: 'https://other.example/' }, kept)).toBe(`Bearer ${token}`);
  });

  test('looks for tokens where XDG says', async () => {
    const paths: string[] = [];
    const read = async (path: string) => void paths.push(path) as undefined;
    for (const env of [{ HOME: '/home/ann' }, { HOME: '/home/ann', XDG_CONFIG_HOME: '/cfg' }, { XDG_CONFIG_HOME: 'relative' }]) {
      await loginOf({ ...none, ...env }, { ownFiles: { read } });
    }
    expect(paths).toEqual(['/home/ann/.config/odst/tokens', '/cfg/odst/tokens', '/.config/odst/tokens']);
  });

  test.each([0o100640, 0o100604, 0o100602])('is not read from a file of mode %o', async (mode) => {
    const { code, err, requests } = await odst(
      'whoami',
      [],
      { ...none, HOME: '/h' },
      file(`http://127.0.0.1:8080 ${token}`, mode),
    );
    expect([code, requests]).toEqual([2, []]);
    expect(err).toContain('chmod 600 /h/.config/odst/tokens');
    expect(err).not.toContain(token);
  });

  test.each(['', 'secret', `${token}\r\nX-Evil: 1`])('is no token %j', async (wrong) => {
    const { code, err, requests } = await odst('whoami', [], { ODST_TOKEN: wrong });
    expect([code, requests, err]).toEqual([2, [], expect.stringContaining('ODST_TOKEN has no API token')]);
  });

  test('is told by whoami', async () => {
    const { out } = await odst('whoami', [{ ...eva, credential: 'token' }]);
    expect(out).toEqual(['eva, by API token: role uploader, for Dev']);
    expect((await odst('whoami now')).err).toContain('Expected 0 arguments but got 1: now');
  });
});

describe('odst accounts', () => {
  test('list prints a line for each', async () => {
    const admin = { ...eva, username: 'admin', role: 'admin', stages, defaultPassword: true };
    expect((await odst('accounts list', [items(admin, eva)])).out).toEqual([
      'NAME   ROLE      STAGES           SINCE                     PASSWORD SINCE',
      'admin  admin     Dev, Test, Prod  2026-01-01T00:00:00.000Z  the documented one',
      'eva    uploader  Dev              2026-01-01T00:00:00.000Z  2026-01-02T00:00:00.000Z',
    ]);
  });

  test.each([
    ['typed twice', ' ', {}, { typed: ['correct horse', 'correct horse'] }],
    ['piped in', ' --password-stdin ', {}, { input: 'correct horse\n' }],
    ['of the environment', ' ', { ODST_NEW_PASSWORD: 'correct horse' }, {}],
  ])('create takes a password that is %s', async (_how, flag, env, world) => {
    const made = await odst(`accounts create eva --role uploader${flag}--stages Dev,Test`, [eva], env, world);
    expect(made.out).toEqual(['eva: role uploader, for Dev']);
    expect(made.bodies.map((body) => JSON.parse(String(body)))).toEqual([
      { username: 'eva', password: 'correct horse', role: 'uploader', stages: ['Dev', 'Test'] },
    ]);
  });

  test.each([
    ['that is typed otherwise the second time', { typed: ['correct horse', 'correct house'] }, 'not the same'],
    ['that breaks the rules', { typed: ['short', 'short'] }, '10 to 1,000 characters'],
    ['that nobody gives', {}, 'no new password: pipe it in with --password-stdin'],
  ])('create takes no password %s', async (_what, world, message) => {
    const { code, err, requests } = await odst('accounts create eva --role viewer', [eva], {}, world);
    expect([code, requests]).toEqual([2, []]);
    expect(err.replace('1000', '1,000')).toContain(message);
  });

  test('set changes what is given', async () => {
    const { requests, bodies } = await odst('accounts set eva --role promoter --stages Dev', [eva]);
    expect(requests).toEqual([expect.stringContaining('PATCH http://127.0.0.1:8080/api/v1/accounts/eva ')]);
    expect(bodies).toEqual(['{"role":"promoter","stages":["Dev"]}']);
  });

  test('password sets that of another as an admin, and one’s own by the one before', async () => {
    const env = { ODST_NEW_PASSWORD: 'correct horse' };
    const other = await odst('accounts password eva', [eva], env);
    expect(other.requests).toEqual([expect.stringContaining('PATCH http://127.0.0.1:8080/api/v1/accounts/eva ')]);
    expect(other.bodies).toEqual(['{"password":"correct horse"}']);
    const own = await odst('accounts password admin', [done()], env);
    expect(own.requests).toEqual([expect.stringContaining('POST http://127.0.0.1:8080/api/v1/session/password ')]);
    expect(own.bodies).toEqual(['{"username":"admin","currentPassword":"secret","newPassword":"correct horse"}']);
    expect(own.out).toEqual([expect.stringContaining('Its sessions have ended')]);
  });

  test('remove tells what would go, and does it with --yes', async () => {
    const would = await odst('accounts remove eva --dry-run', [
      items(eva),
      items({ username: 'eva' }),
      items({ username: 'eva' }),
    ]);
    expect(would.out).toEqual([
      'Would remove eva, role uploader. Its sessions (1) and API tokens (1) would open nothing any more. What it did stays in history.',
      'Nothing was changed. To do it: odst accounts remove eva --yes',
    ]);
    expect((await odst('accounts remove tom --dry-run', [items(eva)])).err).toBe('there is no account tom');
    const { requests } = await odst('accounts remove eva --yes', [done()]);
    expect(requests).toEqual([expect.stringContaining('DELETE http://127.0.0.1:8080/api/v1/accounts/eva ')]);
  });
});

describe('odst database-key rotate', () => {
  const change = { before: '0123456789abcdef', after: 'fedcba9876543210' };

  test('puts a new key before the one that is there, tells it by --dry-run, and asks nothing over the network', async () => {
    const asked: unknown[] = [];
    const dataDirs = {
      addDatabaseKey: async (...all: unknown[]) => {
        asked.push(all);
        return change;
      },
    };
    const dry = await odst('database-key rotate --data-dir /srv/odst --dry-run', [], {}, { dataDirs });
    expect(dry.out).toEqual(['Would put a new key before 0123456789abcdef. Nothing was changed.']);
    const { out, requests } = await odst('database-key rotate', [], { ODST_DATA_DIR: '/srv' }, { dataDirs });
    expect(out).toEqual([expect.stringMatching(/^The new key is fedcba9876543210[.] Start the server anew/)]);
    expect([requests, asked]).toEqual([
      [],
      [
        ['/srv/odst', true],
        ['/srv', false],
      ],
    ]);
  });

  test('does nothing where a key waits, and fails where there is none', async () => {
    const waiting = { addDatabaseKey: async () => ({ ...change, after: undefined }) };
    const { code, out } = await odst('database-key rotate', [], {}, { dataDirs: waiting });
    expect([code, out[0]]).toEqual([0, expect.stringContaining('A new key waits already')]);
    const none = await odst('database-key rotate', [], {}, { dataDirs: { addDatabaseKey: async () => undefined } });
    expect([none.code, none.err]).toEqual([3, expect.stringContaining('there is no database.key in ./.odst')]);
  });
});

describe('odst accounts reset-password', () => {
  const env = { ODST_NEW_PASSWORD: 'correct horse', ODST_PASSWORD: undefined };

  test('waits until a server that runs has taken it, and asks nothing over the network', async () => {
    const asked: string[][] = [];
    const states = ['waiting', 'waiting', 'done'] as const;
    let looks = 0;
    const { code, out, requests, waitedMs } = await odst('accounts reset-password --data-dir /srv/odst', [], env, {
      dataDirs: {
        isServed: async () => true,
        askPasswordReset: async (...all) => {
          asked.push(all);
          return 'r1';
        },
        stateOfReset: async () => states[looks++] ?? 'done',
      },
    });
    expect([code, out, requests]).toEqual([0, ['admin has another password. Its sessions have ended.'], []]);
    expect(asked).toEqual([['/srv/odst', 'admin', 'correct horse']]);
    expect(waitedMs).toBe(400);
  });

  test('says that it counts at the next start where no server runs', async () => {
    const dataDirs = { isServed: async () => false, stateOfReset: async () => 'waiting' as const };
    const { code, out } = await odst('accounts reset-password eva', [], { ...env, ODST_DATA_DIR: '/srv' }, { dataDirs });
    expect([code, out]).toEqual([0, ['No server runs on /srv. The new password of eva counts from its next start.']]);
  });

  test.each<[string, number, Partial<DataDirs>, string]>([
    ['where there never was one', 3, { isServed: async () => undefined }, 'no standalone server ever ran on ./.odst'],
    ['that refuses', 3, { isServed: async () => true, stateOfReset: async () => 'refused' as const }, 'the server refused it'],
    ['that does not answer', 1, { isServed: async () => true, stateOfReset: async () => 'waiting' as const }, 'within 30 s'],
  ])('of a server %s ends with %i', async (_what, status, dataDirs, message) => {
    const { code, err } = await odst('accounts reset-password', [], env, { dataDirs });
    expect([code, err]).toEqual([status, expect.stringContaining(message)]);
  });
});

test.each([
  ['ENOSPC', 'its volume is full'],
  ['EACCES', 'it takes the owner of the folder, or root'],
])('a data directory that cannot be written to for %s is told with what to do', (code, advice) => {
  const { message } = unwritable('/srv', Object.assign(new Error(code), { code }));
  expect(message).toContain(`/srv cannot be written to (${code}); ${advice}`);
  const other = Object.assign(new Error('odd'), { code: 'EIO' });
  expect(() => unwritable('/srv', other)).toThrow(other);
});

describe('odst tokens', () => {
  test('create prints the token alone', async () => {
    const command = 'tokens create autopkg --role uploader --stages Dev --expires 90d --owner eva';
    const { code, out, err, bodies } = await odst(command, [{ ...ci, token }]);
    expect([code, out]).toEqual([0, [token]]);
    expect(err).toContain('role uploader, for Dev; it expires at 2026-04-01T00:00:00.000Z. It is shown once:');
    expect(bodies.map((body) => JSON.parse(String(body)))).toEqual([
      { name: 'autopkg', role: 'uploader', stages: ['Dev'], expiresAt: '2026-04-01T00:00:00.000Z', username: 'eva' },
    ]);
  });

  test('list prints a line for each', async () => {
    const over = {
      ...ci,
      expiresAt: '2025-12-31T00:00:00.000Z',
      lastUsedAt: '2025-12-01T00:00:00.000Z',
      lastUsedFrom: '10.0.0.1',
    };
    expect((await odst('tokens list', [items(ci, over, { ...ci, expiresAt: null })])).out.slice(1)).toEqual([
      expect.stringMatching(/^0123456789abcdef {2}admin {2}autopkg {2}uploader {2}Dev +2026-04-01T00:00:00.000Z +- +-$/),
      expect.stringMatching(/2025-12-31T00:00:00.000Z, has expired +2025-12-01T00:00:00.000Z +10\.0\.0\.1$/),
      expect.stringMatching(/ never +- +-$/),
    ]);
    expect((await odst('tokens list', [items()])).out).toEqual(['no API tokens']);
  });

  test('revoke tells which, and does it with --yes', async () => {
    const would = await odst(`tokens revoke ${id} --dry-run`, [items(ci)]);
    expect(would.out).toEqual([
      'Would revoke autopkg of admin. It was never used.',
      `Nothing was changed. To do it: odst tokens revoke ${id} --yes`,
    ]);
    const { requests } = await odst(`tokens revoke ${id} --yes`, [done()]);
    expect(requests).toEqual([expect.stringContaining(`DELETE http://127.0.0.1:8080/api/v1/tokens/${id} `)]);
  });
});

test('odst sessions lists and ends them, and shows nothing of a browser’s name but text', async () => {
  const session = {
    ...{ id: 's1', username: 'eva', remoteAddress: '10.0.0.1', userAgent: 'Fire\u001b[31mfox', current: false },
    ...{ startedAt: times.createdAt, activeAt: times.createdAt, expiresAt: times.passwordChangedAt },
  };
  const { out } = await odst('sessions list', [items(session)]);
  expect(out[1]).toContain('10.0.0.1  Fire\\u001b[31mfox');
  expect((await odst('sessions list', [items()])).out).toEqual(['no sessions']);
  const ended = await odst('sessions end s1', [done()]);
  expect(ended.requests).toEqual([expect.stringContaining('DELETE http://127.0.0.1:8080/api/v1/sessions/s1 ')]);
});

test.each([
  ['accounts create eva', "required option '--role <ROLE>' not specified"],
  ['accounts create eva --role viewer --stages dev', '--stages has stages with commas, of Dev,Test,Prod: dev is none'],
  ['accounts set eva', 'nothing to set: give --role or --stages'],
  ['accounts password eva --password secret', "unknown option '--password'"],
  ['accounts list --role viewer', "unknown option '--role'"],
  ['accounts reset-password a b', 'Expected 1 argument but got 2: a, b'],
  ['tokens create', "required option '--role <ROLE>' not specified"],
  ['tokens create ci --role viewer --expires 90', '--expires is a number of m, h, d or w'],
  ['tokens create ci --role viewer --expires 0d', '--expires is a number of m, h, d or w'],
  ['tokens revoke autopkg', 'It needs the id of a token, 16 hex digits that tokens list shows'],
])('odst %s is refused with 2', async (command, message) => {
  const { code, err, requests } = await odst(command);
  expect([code, requests]).toEqual([2, []]);
  expect(err).toContain(message);
});
