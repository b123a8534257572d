import { describe, expect, test } from 'vitest';
import { commands } from '../src/commands.ts';
import { statuses } from '../src/status.ts';
import { items, odst, problemOf } from './support/odst.ts';

const peer = {
  ...{ id: 2, iss: 'c'.repeat(32), name: 'South', stage: 'Prod', state: 'online', stageCap: 'Prod', introduces: true },
  ...{ heldBack: 0, lastError: null, inStep: true, behind: 0, clockOffsetMs: 0 },
};
const refusal = { type: '/x', title: 'Unknown', status: 404, detail: 'there is no peer 2', code: 'REGISTRATION_PEER_UNKNOWN' };
const gone = () => new Response(null, { status: 204 });

describe('what cannot be undone', () => {
  test.each(['y', 'yes', ' Y '])('is done when a person says %j after it was told', async (word) => {
    const { code, out, questions, requests } = await odst('peers unregister 2', [peer, peer, gone()], {}, { answered: [word] });
    expect([code, questions]).toEqual([0, ['Do it? [y/N] ']]);
    expect(out).toEqual([expect.stringContaining('Would end the trust'), 'South is no peer any more. Its packages stay.']);
    expect(requests.at(-1)).toContain('DELETE ');
  });

  test.each(['', 'n', 'yesterday'])('is not done when a person says %j', async (word) => {
    const { code, err, requests } = await odst('peers unregister 2', [peer], {}, { answered: [word] });
    expect([code, err]).toEqual([6, 'Nothing was changed.']);
    expect(requests).toHaveLength(1);
  });

  test('is refused with 6 where nobody can be asked', async () => {
    const { code, err, out, requests } = await odst(
      ['accounts', 'remove', 'a b'],
      [items({ username: 'a b', role: 'viewer' }), items()],
    );
    expect([code, err]).toEqual([6, "Nothing was changed. To do it: odst accounts remove 'a b' --yes"]);
    expect(out).toEqual([expect.stringContaining('Would remove a b')]);
    expect(requests.every((line) => line.startsWith('GET'))).toBe(true);
  });

  test('is told with the server and the account that were meant: without them another server would lose it', async () => {
    const { out, err } = await odst('peers unregister 2 --url https://lab.example/ --user eva --dry-run', [peer]);
    expect([out.at(-1), err]).toEqual([
      'Nothing was changed. To do it: odst peers unregister 2 --url https://lab.example/ --user eva --yes',
      '',
    ]);
  });

  test('is not asked about where there is nothing to do', async () => {
    const server = { iss: peer.iss, name: 'South', blocked: false };
    const { code, out } = await odst(`servers unblock ${peer.iss}`, [items(server)]);
    expect([code, out]).toEqual([0, ['South is not blocked.']]);
  });
});

describe('--json', () => {
  test('prints what the API said alone, on one line', async () => {
    const { out, err } = await odst('peers list --json', [items(peer)]);
    expect([out, err]).toEqual([[JSON.stringify({ items: [peer] })], '']);
    const token = { id: 'a', name: 'ci', username: 'eva', role: 'viewer', stages: [], expiresAt: null, token: 'odst_a_b' };
    const made = await odst('tokens create ci --role viewer --json', [token]);
    expect([made.out, made.err]).toEqual([[JSON.stringify(token)], '']);
  });

  test('tells what would change as the API did, and that it was not done as a problem', async () => {
    const { code, out, err } = await odst('peers unregister 2 --json', [peer], {}, { answered: ['y'] });
    expect([code, out, JSON.parse(err)]).toEqual([
      ...[6, [], { code: 'ODST_NOT_CONFIRMED', detail: 'Nothing was changed. To do it: odst peers unregister 2 --yes' }],
    ]);
    const dry = await odst('peers unregister 2 --json --dry-run', [peer]);
    expect([dry.code, dry.out]).toEqual([0, [JSON.stringify(peer)]]);
  });

  test('lets nothing that a server sends move the cursor', async () => {
    const evil = { ...peer, name: 'a\u009b31mb\u202e\u001b[31m' };
    const { out } = await odst('peers show 2 --json', [evil]);
    expect(out[0]).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(JSON.parse(out[0] ?? '')).toEqual(evil);
    const { err } = await odst('peers show 2 --json', [problemOf(404, { ...refusal, detail: evil.name })]);
    expect([/[\p{Cc}\u202e]/u.test(err), JSON.parse(err)]).toEqual([false, { ...refusal, detail: evil.name }]);
  });

  test('passes a refusal on as it came', async () => {
    const { code, out, err } = await odst('peers show 2 --json', [problemOf(404, refusal)]);
    expect([code, out, JSON.parse(err)]).toEqual([3, [], refusal]);
  });

  test.each([
    ['peers list --json', [], 1, { code: 'ODST_FAILED', detail: expect.stringContaining('cannot be reached') }],
    ['peers list 2 --json', [], 2, { code: 'ODST_USAGE', detail: expect.stringContaining('Expected 0 arguments') }],
    ['peers set 2 --json', [], 2, { code: 'ODST_USAGE', detail: expect.stringContaining('nothing to set') }],
  ] as const)('makes of %s a problem of its own', async (command, answers, status, document) => {
    const { code, err } = await odst(command, answers);
    expect([code, JSON.parse(err)]).toEqual([status, document]);
  });
});

describe('the exit status', () => {
  test.each([
    [401, 4],
    [403, 3],
    [404, 3],
    [409, 3],
    [422, 3],
    [408, 1],
    [429, 1],
    [500, 1],
    [503, 1],
  ])('of an answer with %i is %i', async (answer, status) => {
    const { code, err } = await odst('peers list', [problemOf(answer, { detail: 'no' })]);
    expect([code, err]).toEqual([status, 'no']);
  });

  test('without a login is 4', async () => {
    const { code, err, requests } = await odst('peers list', [], { ODST_PASSWORD: undefined });
    expect([code, requests, err]).toEqual([4, [], expect.stringContaining('no login')]);
  });

  test('means one thing each', () => {
    const codes = Object.values(statuses).map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
  });
});

test('--quiet tells all the same what a person is asked about', async () => {
  const asked = await odst('peers unregister 2 --quiet', [peer, peer, gone()], {}, { answered: ['y'] });
  expect([asked.code, asked.out]).toEqual([0, [expect.stringContaining('Would end the trust')]]);
  expect((await odst('peers unregister 2 --quiet --dry-run', [peer])).out).toHaveLength(2);
});

test('--quiet says nothing of what was done, and shows what was asked for', async () => {
  expect((await odst('peers unregister 2 --yes --quiet', [peer, gone()])).out).toEqual([]);
  expect((await odst('peers list --quiet', [items()])).out).toEqual(['no peers']);
  expect((await odst('peers show 2 --quiet', [problemOf(404, refusal)])).err).toContain('there is no peer 2');
});

test('a server that is too busy is asked again when it says so, and a person is told', async () => {
  const busy = Response.json(
    { detail: 'too many uploads' },
    { status: 503, headers: { 'content-type': 'application/problem+json', 'retry-after': '0' } },
  );
  const { code, err, requests } = await odst('peers list', [busy, items()]);
  expect([code, err, requests.length]).toEqual([0, 'too many uploads; trying again in 0 s', 2]);
});

test('--version prints it', async () => {
  expect(await odst('--version')).toMatchObject({ code: 0, out: ['1.2.3'] });
});

test('options may stand before the command and after it', async () => {
  for (const line of [
    '--url http://b.example peers list',
    'peers --url http://b.example list',
    'peers list --url http://b.example',
  ]) {
    expect((await odst(line, [items()])).requests[0]).toContain('GET http://b.example/api/v1/peers');
  }
});

test.each(commands.map((command) => [command.name, command] as const))(
  '%s has examples that it understands',
  async (name, { examples = {} }) => {
    expect(Object.keys(examples).filter((line) => !line.startsWith(name))).toEqual([]);
    for (const line of Object.keys(examples))
      expect((await odst(line, [problemOf(403, {})], { ODST_PEER_KEY: 'S2V5' })).code).not.toBe(2);
  },
);
