import { describe, expect, test } from 'vitest';
import { odst, problemOf } from './support/odst.ts';

const at = '2026-01-01T00:00:00.000Z';
const event = (feedsequence: string, type = 'PackageUploaded') => ({
  ...{ id: `e${feedsequence}`, type: `org.odst.catalog.${type}.v1`, time: at, actor: 'account:eva', subject: 'package-7' },
  ...{ feedsequence: feedsequence.padStart(20, '0'), data: { name: 'a\u001b[31m' } },
});

describe('odst events', () => {
  test('shows the last ones, a line each', async () => {
    const { out, requests } = await odst('events', [
      { items: [], next: '25' },
      { items: [event('6')], next: '25' },
      { items: [], next: '25' },
    ]);
    expect(out).toEqual(['6  2026-01-01T00:00:00.000Z  PackageUploaded  package-7  account:eva']);
    expect(requests.map((line) => line.split(' ')[1]?.split('?')[1])).toEqual([
      ...['after=latest&limit=1', 'after=5&limit=1000', 'after=25&limit=1000'],
    ]);
  });

  test('gives whole events, one a line, with --json', async () => {
    const { out, requests } = await odst('events --json --after 0 --types PackageUploaded,PackageDeleted', [
      { items: [event('1'), event('2')], next: '2' },
      { items: [], next: '2' },
    ]);
    expect(out.map((line) => JSON.parse(line))).toEqual([event('1'), event('2')]);
    expect(requests[0]).toContain('after=0&limit=1000&types=PackageUploaded%2CPackageDeleted');
  });

  test('follows the feed, and ends with what the server refuses for good', async () => {
    const { code, out, err } = await odst('events --follow --after 4', [
      new Response(`id: 5\ndata: ${JSON.stringify(event('5'))}\n\n`, { headers: { 'content-type': 'text/event-stream' } }),
      problemOf(403, { detail: 'no right', code: 'COMMON_ACCESS_DENIED' }),
    ]);
    expect([code, err]).toEqual([3, expect.stringContaining('COMMON_ACCESS_DENIED')]);
    expect(out).toEqual([expect.stringMatching(/^5 {2}.*PackageUploaded/)]);
  });

  test('--after is a number', async () => {
    expect((await odst('events --after x')).code).toBe(2);
  });
});

test('odst audit shows acts and refusals, so many as are asked for', async () => {
  const act = {
    ...{ kind: 'act', at, lastAt: null, count: 1, actor: 'account:eva', remoteAddress: '10.0.0.1', what: 'PackagePromoted' },
    ...{ subject: 'package-7', eventId: 'e', code: null, method: null, path: null },
  };
  const refusal = {
    ...{ ...act, kind: 'refusal', count: 3, actor: null, what: 'packages:change\u001b', subject: null },
    ...{ code: 'COMMON_ACCESS_DENIED', method: 'POST', path: '/x' },
  };
  const { out, requests } = await odst('audit --limit 2 --actor account:eva --search x --outcome refused --since 24h', [
    { items: [act, refusal, act], next: 'n' },
  ]);
  expect(out.slice(1)).toEqual([
    expect.stringMatching(/ account:eva +10\.0\.0\.1 +PackagePromoted +package-7$/),
    expect.stringMatching(/ - +10\.0\.0\.1 +refused 3 times: packages:change\\u001b +COMMON_ACCESS_DENIED, POST \/x$/),
  ]);
  expect(requests).toEqual([
    expect.stringContaining('/api/v1/audit?limit=2&actor=account%3Aeva&q=x&outcome=refused&since=2025-12-31T00%3A00%3A00.000Z'),
  ]);
  expect((await odst('audit --limit 0')).code).toBe(2);
});

describe('odst settings', () => {
  const settings = {
    name: 'Berlin',
    trashDays: 30,
    firewalledMode: false,
    deletions: 'follow',
    windows: null,
    warnings: ['no answer'],
  };

  test('show prints them, and what to know of them', async () => {
    expect((await odst('settings show', [settings])).out).toEqual([
      ...[
        'name:           Berlin',
        'trashDays:      30',
        'firewalledMode: false',
        'deletions:      follow',
        'windows:        null',
      ],
      'Look at this: no answer',
    ]);
  });

  test('set sends each as what it is', async () => {
    const words = ['settings', 'set', 'name=42', 'trashDays=14', 'firewalledMode=yes', 'windows={"from":"22:00"}'];
    const { code, requests, bodies } = await odst(words, [settings]);
    expect([code, requests.length]).toEqual([0, 2]);
    expect(JSON.parse(String(bodies[1]))).toEqual({
      name: '42',
      trashDays: 14,
      firewalledMode: true,
      windows: { from: '22:00' },
    });
  });

  test.each([
    ['trashDays=x', 'trashDays is now 30; x is none of that kind'],
    ['colour=red', 'there is no setting colour: name, trashDays'],
    ['toString=1', 'there is no setting toString'],
    ['trashDays', 'It needs a setting that settings show names'],
  ])('set refuses %s', async (word, message) => {
    const { code, err, requests } = await odst(['settings', 'set', word], [settings]);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
    expect(requests.every((line) => line.startsWith('GET'))).toBe(true);
  });
});

describe('odst peers add', () => {
  const iss = 'c'.repeat(32);
  const peer = { id: 2, name: 'South', warnings: ['its URL is plain http'] };

  test('takes the Key from the environment or a person', async () => {
    const made = await odst(`peers add https://south.example --iss ${iss}`, [peer], { ODST_PEER_KEY: 'S2V5' });
    expect(made.out).toEqual([
      'South (2) is a peer: both servers hold the key of the other.',
      'Look at this: its URL is plain http',
    ]);
    expect(JSON.parse(String(made.bodies[0]))).toEqual({ url: 'https://south.example', iss, key: 'S2V5' });
    const typed = await odst(`peers add https://south.example --iss ${iss}`, [peer], {}, { typed: ['S2V5 '] });
    expect(JSON.parse(String(typed.bodies[0]))).toMatchObject({ key: 'S2V5' });
    expect(`${typed.out}${typed.err}`).not.toContain('S2V5');
  });

  test('needs one', async () => {
    expect((await odst(`peers add https://south.example --iss ${iss}`, [peer])).code).toBe(2);
  });
});

test('odst identity show prints what another admin needs', async () => {
  const { out } = await odst('identity show', [{ iss: 'a'.repeat(32), name: 'Berlin\u001b', url: '', key: 'S2V5' }]);
  expect(out).toEqual([
    ...[
      'Name:    Berlin\\u001b',
      'URL:     not set: odst settings set url=https://…',
      `ISS ID:  ${'a'.repeat(32)}`,
      'Key:     S2V5',
    ],
  ]);
});

describe('odst download', () => {
  const bytes = 'the bytes';
  const sha256 = '0d'.repeat(32);
  const digest = Buffer.from(sha256, 'hex').toString('base64');
  const served = () => new Response(bytes, { headers: { 'repr-digest': `sha-256=:${digest}:` } });
  const nomad = { id: 7, filename: 'NoMÄD 1.pkg', sha256, sizeBytes: 9 };

  test.each([
    ['download 7', 'NoMÄD 1.pkg'],
    ['download 7 -o /tmp/x.pkg', '/tmp/x.pkg'],
    ['download 7 --output /tmp/x.pkg', '/tmp/x.pkg'],
  ])('%s keeps what has the digest that the server names', async (command, target) => {
    const saved: unknown[] = [];
    const save = async (path: string, body: ReadableStream<Uint8Array>, _on: unknown, isRight: (sha256: string) => boolean) => {
      saved.push(path, await new Response(body).text(), isRight(sha256), isRight('0e'.repeat(32)));
    };
    const { code, out, requests } = await odst(command, [nomad, served()], {}, { files: { save } });
    expect([code, saved]).toEqual([0, [target, bytes, true, false]]);
    expect(requests[1]).toContain('/share/NoM%C3%84D%201.pkg');
    expect(out).toEqual([`NoMÄD 1.pkg: 9.0 B in ${target}, SHA-256 ${sha256}`]);
  });

  test.each(['../../etc/passwd', 'a/b', '..', 'a\\b'])('writes nowhere by the name %s of a server', async (filename) => {
    const { code, requests } = await odst('download 7', [{ ...nomad, filename }, served()]);
    expect([code, requests.length]).toEqual([2, 1]);
  });

  test('keeps nothing that has no digest', async () => {
    expect(await odst('download 7', [nomad, new Response(bytes)])).toMatchObject({ code: 1, out: [] });
  });
});
