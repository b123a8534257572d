import { describe, expect, test } from 'vitest';
import { run } from '../src/run.ts';
import type { Terminal } from '../src/terminal.ts';
import { bareTerminal, odst as command, items, problemOf } from './support/odst.ts';

const now = new Date('2026-01-01T00:00:00Z');
const peer = { id: 2, name: 'South', state: 'online', lastError: null, heldBack: 0, warnings: [] };
const well: Readonly<Record<string, () => Response>> = {
  '/healthz': () => new Response('ok', { headers: { date: now.toUTCString() } }),
  '/readyz': () => new Response('ok postgres\nok bus\n'),
  '/api/v1/session': () => Response.json({ username: 'eva', role: 'admin' }),
  '/api/openapi.json': () => Response.json({ info: { version: '1.2.3' } }),
  '/api/v1/settings': () => Response.json({ url: 'https://ods.example', warnings: [] }),
  '/api/v1/peers': () => Response.json(items(peer)),
  '/api/v1/conflicts': () => Response.json(items()),
  '/api/v1/dead-letters': () => Response.json(items()),
  '/api/v1/projections': () => Response.json(items({ name: 'packages', state: 'live', failure: null, lag: 0 })),
  '/api/admin/system': () => Response.json({ disk_free: 2 ** 36, disk_total: 2 ** 38 }),
};

/** Looks at a server that is well but for this. */
async function doctor(
  answers: Readonly<Record<string, () => Response>> = {},
  validUntil: Date | undefined = new Date('2026-12-31T00:00:00Z'),
  url = 'https://ods.example',
  certificateOf: Terminal['certificateOf'] = async () =>
    validUntil === undefined ? undefined : { validUntil, issuer: 'An authority' },
  clock = () => now,
) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await run(['doctor', '--url', url], {
    ...bareTerminal,
    env: { ODST_PASSWORD: 'secret' },
    now: clock,
    wait: async () => undefined,
    fetch: async (request) => {
      const answer = answers[new URL(request.url).pathname] ?? well[new URL(request.url).pathname];
      if (answer === undefined) throw new Error(`no ${request.url}`);
      return answer();
    },
    certificateOf,
    print: (line) => void out.push(line),
    complain: (line) => void err.push(line),
  });
  return { code, out, err, found: out.filter((line) => !line.startsWith('ok ')) };
}

describe('odst doctor', () => {
  test('finds nothing where all is well, and ends with 0', async () => {
    const { code, out, found } = await doctor();
    expect([code, found]).toEqual([0, []]);
    expect(out[0]).toBe('ok    server        https://ods.example answers to eva, role admin');
    expect(out.every((line) => line.startsWith('ok '))).toBe(true);
  });

  test.each<[string, Readonly<Record<string, () => Response>>, number, string, string]>([
    [
      'another version',
      { '/api/openapi.json': () => Response.json({ info: { version: '2.0.0' } }) },
      7,
      'the server is 2.0.0',
      'same version',
    ],
    [
      'a clock that is off',
      { '/healthz': () => new Response('ok', { headers: { date: 'Thu, 01 Jan 2026 00:01:40 GMT' } }) },
      7,
      '100 s ahead',
      'NTP',
    ],
    [
      'a clock that is far off',
      { '/healthz': () => new Response('ok', { headers: { date: 'Wed, 31 Dec 2025 20:00:00 GMT' } }) },
      8,
      's behind',
      'NTP',
    ],
    [
      'a part that failed',
      { '/readyz': () => new Response('failed bus: away\n', { status: 503, headers: { 'content-type': 'text/plain' } }) },
      8,
      'failed bus: away',
      'log',
    ],
    [
      'an own URL that does not work',
      { '/api/v1/settings': () => Response.json({ url: '', warnings: ['no answer there'] }) },
      7,
      'no answer there',
      'settings set url=',
    ],
    [
      'a peer that is away',
      { '/api/v1/peers': () => Response.json(items({ ...peer, state: 'offline', lastError: 'no route' })) },
      7,
      'South is offline: no route',
      'odst peers show 2',
    ],
    [
      'changes held back',
      { '/api/v1/peers': () => Response.json(items({ ...peer, heldBack: 3 })) },
      7,
      '3 changes of South',
      'odst peers show 2',
    ],
    [
      'a conflict',
      { '/api/v1/conflicts': () => Response.json(items({ package: { filename: 'a\u001b.pkg' } })) },
      7,
      'a\\u001b.pkg',
      'conflicts list',
    ],
    [
      'a dead letter',
      { '/api/v1/dead-letters': () => Response.json(items({ consumer: 'catalog.blobs', failure: 'broken' })) },
      8,
      'catalog.blobs set a message aside: broken',
      'dead-letters list',
    ],
    [
      'a read model that fails',
      { '/api/v1/projections': () => Response.json(items({ name: 'packages', state: 'failing', failure: 'event 7', lag: 9 })) },
      8,
      'packages: event 7',
      'projections rebuild packages',
    ],
    [
      'a read model behind',
      { '/api/v1/projections': () => Response.json(items({ name: 'packages', state: 'live', failure: null, lag: 5_000 })) },
      7,
      '5000 events behind',
      'catch up',
    ],
    [
      'little room',
      { '/api/admin/system': () => Response.json({ disk_free: 2 ** 32, disk_total: 2 ** 40 }) },
      7,
      '4.0 GB of',
      'full-disk',
    ],
    [
      'no room',
      { '/api/admin/system': () => Response.json({ disk_free: 2 ** 20, disk_total: 2 ** 40 }) },
      8,
      '1.0 MB of',
      'full-disk',
    ],
    [
      'what one may not see',
      { '/api/v1/dead-letters': () => problemOf(403, { detail: 'no' }) },
      7,
      'not looked at',
      'higher role',
    ],
    ['an answer that breaks', { '/api/v1/conflicts': () => problemOf(500, { detail: 'a bug' }) }, 8, 'a bug', 'log'],
  ])('tells of %s, and what to do', async (_what, answers, status, detail, advice) => {
    const { code, found } = await doctor(answers);
    expect([code, found]).toEqual([
      status,
      [expect.stringContaining(detail), expect.stringMatching(new RegExp(`^ {20}→ .*${advice}`))],
    ]);
    expect(found[0]).toMatch(status === 7 ? /^warn / : /^fail /);
  });

  test.each([
    [14_000, 'ok    clock         as that of this machine, to 19 seconds'],
    [500, 'ok    clock         as that of this machine, to a few seconds'],
  ])('does not take a server that answers after %s ms for one whose clock is off', async (tookMs, told) => {
    let nowMs = now.getTime();
    const answer = () => {
      const date = new Date(nowMs).toUTCString();
      nowMs += tookMs;
      return new Response('ok', { headers: { date } });
    };
    const { code, out } = await doctor({ '/healthz': answer }, undefined, 'http://127.0.0.1', undefined, () => new Date(nowMs));
    expect([code, out.filter((line) => line.includes('clock'))]).toEqual([0, [told]]);
  });

  test.each([
    ['ends soon', new Date('2026-01-08T00:00:00Z'), 7, 'ends in 7 days'],
    ['has ended', new Date('2025-12-31T00:00:00Z'), 8, 'has ended'],
  ])('tells of a certificate that %s', async (_what, until, status, detail) => {
    const { code, found } = await doctor({}, until);
    expect([code, found[0]]).toEqual([status, expect.stringContaining(detail)]);
  });

  test('goes on where the certificate cannot be looked at, as from behind a proxy', async () => {
    const { code, out, found } = await doctor({}, undefined, 'https://ods.example', async () => {
      throw new Error('connect ETIMEDOUT');
    });
    expect([code, found[0]]).toEqual([8, 'fail  certificate   could not be looked at: connect ETIMEDOUT']);
    expect(out.at(-1)).toMatch(/^ok {4}disk/);
  });

  test('warns of a login in the clear, but on this machine', async () => {
    const answers = { ...well };
    const open = await run(['doctor', '--url', 'http://ods.example'], {
      ...{ ...bareTerminal, env: { ODST_PASSWORD: 'x' }, now: () => now, wait: async () => undefined },
      fetch: async (request) => answers[new URL(request.url).pathname]?.() ?? new Response('ok'),
      print: () => undefined,
      complain: () => undefined,
    });
    expect(open).toBe(7);
  });

  test('ends with 4 without a login that the server takes, and tells no more', async () => {
    const { code, out, err } = await doctor({ '/api/v1/session': () => problemOf(401, { detail: 'wrong password' }) });
    expect([code, out, err]).toEqual([4, [], ['wrong password']]);
  });
});

test('a support bundle is put where nobody else may read it, and what it lacks is told', async () => {
  const bundle = {
    gatheredAt: '2026-01-02T03:04:05.000Z',
    health: { isReady: true, lines: [] },
    peers: { refused: { code: 'X' } },
  };
  const written: string[][] = [];
  const ownFiles = { write: async (...file: [string, string]) => void written.push(file) };
  const { code, out } = await command('support-bundle', [bundle], {}, { ownFiles });
  expect([code, out]).toEqual([
    0,
    [
      'The support bundle is in odst-support-2026-01-02.json; without peers, which the server could not tell now. Look through it before you send it: it has names and addresses.',
    ],
  ]);
  expect(written.map(([path, text = '']) => [path, JSON.parse(text)])).toEqual([['odst-support-2026-01-02.json', bundle]]);
});
