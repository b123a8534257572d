import { describe, expect, test } from 'vitest';
import { items, odst, problemOf } from './support/odst.ts';

const packages = {
  name: 'packages',
  service: 'catalog',
  version: 2,
  position: 100,
  lastPosition: 120,
  lag: 20,
  state: 'live',
  failure: null,
  rebuild: null,
};

const running = (position: number, eventsPerSecond: number | null) => ({
  ...packages,
  state: 'rebuilding',
  rebuild: {
    state: 'running',
    position,
    startedAt: '2026-01-01T00:00:00.000Z',
    eventsPerSecond,
    remainingSeconds: eventsPerSecond === null ? null : (120 - position) / eventsPerSecond,
    error: null,
  },
});

const ended = (state: string, error: string | null = null) => ({
  ...packages,
  rebuild: { ...running(120, 10).rebuild, state, error },
});

const basic = (credential: string) => `Basic ${Buffer.from(credential).toString('base64')}`;

describe('odst projections list', () => {
  test('prints a line for each', async () => {
    const failing = {
      ...packages,
      name: 'peers',
      service: 'registration',
      state: 'failing',
      failure: 'event 101',
      rebuild: null,
    };
    const { code, out, requests } = await odst('projections list', [items(ended('done'), failing)]);
    expect(code).toBe(0);
    expect(out).toEqual([
      'NAME      SERVICE       POSITION  LAG  STATE               LAST REBUILD',
      'packages  catalog       100       20   live                done',
      'peers     registration  100       20   failing: event 101  -',
    ]);
    expect(requests).toEqual([`GET http://127.0.0.1:8080/api/v1/projections ${basic('admin:secret')}`]);
  });

  test('asks the server of the environment, and that of the flags first', async () => {
    const env = { ODST_URL: 'https://ods.example/', ODST_USER: 'eve' };
    expect((await odst('projections list', [items()], env)).requests).toEqual([
      `GET https://ods.example/api/v1/projections ${basic('eve:secret')}`,
    ]);
    const flags = '--url http://b.example --user ann';
    expect((await odst(`projections list ${flags}`, [items()], env)).requests).toEqual([
      `GET http://b.example/api/v1/projections ${basic('ann:secret')}`,
    ]);
  });
});

describe('odst projections rebuild', () => {
  test('asks for it and tells how far it is until it is done', async () => {
    const answers = [{}, items(running(0, null)), items(running(60, 30)), items(running(60, 30)), items(ended('done'))];
    const { code, out, requests, waitedMs } = await odst('projections rebuild packages', answers);
    expect(code).toBe(0);
    expect(requests[0]).toContain('POST http://127.0.0.1:8080/api/v1/projections/packages/rebuild');
    expect(out).toEqual([
      'packages: 0 of 120 events, 0 %',
      'packages: 60 of 120 events, 50 %, 30 events/s, about 2 s left',
      'packages: done, 120 events',
    ]);
    expect(waitedMs).toBe(3_000);
  });

  test.each([
    ['failed', 'cannot take it', 'the rebuild failed, and packages is as it was: cannot take it'],
    ['interrupted', null, 'the server stopped during the rebuild, and packages is as it was'],
  ])('ends with 1 when it is %s', async (state, error, message) => {
    const { code, err } = await odst('projections rebuild packages', [{}, items(ended(state, error))]);
    expect([code, err]).toEqual([1, message]);
  });

  test('tells why the server refuses', async () => {
    const problem = { title: 'Unknown projection', detail: 'there is no projection x', code: 'COMMON_PROJECTION_UNKNOWN' };
    const { code, err } = await odst('projections rebuild x', [problemOf(404, problem)]);
    expect([code, err]).toEqual([3, 'there is no projection x (COMMON_PROJECTION_UNKNOWN)']);
  });
});

describe('odst dead-letters', () => {
  const letter = (id: string, failure: string | null) => ({
    id,
    consumer: 'catalog.blobs',
    eventType: 'org.odst.storage.BlobVerified.v1',
    eventId: '018f-1',
    key: 'aa',
    attempts: 8,
    failure,
    parkedAt: '2026-01-01T00:00:00.000Z',
    waiting: 3,
  });
  const outcome = (rest: object) => ({ id: 'catalog-7', handled: 0, running: false, failed: null, left: null, ...rest });
  const failed = { id: 'catalog-8', attempts: 9, failure: 'Error: broken' };

  test('list prints a line for each parked key, of all pages', async () => {
    const { code, out, requests } = await odst('dead-letters list', [
      { items: [letter('catalog-7', 'Error: broken')], next: 'catalog-7' },
      { items: [letter('sync-1', null)], next: null },
    ]);
    expect(code).toBe(0);
    expect(out).toEqual([
      'ID         CONSUMER       EVENT                             EVENT ID  KEY  TRIES  WAITING  SINCE                     FAILURE',
      'catalog-7  catalog.blobs  org.odst.storage.BlobVerified.v1  018f-1    aa   8      3        2026-01-01T00:00:00.000Z  Error: broken',
      'sync-1     catalog.blobs  org.odst.storage.BlobVerified.v1  018f-1    aa   8      3        2026-01-01T00:00:00.000Z  -',
    ]);
    expect(requests.map((line) => line.split(' ')[1]?.split('?')[1])).toEqual(['limit=1000', 'limit=1000&after=catalog-7']);
  });

  test.each([
    ['dead-letters list', 'no dead letters'],
    ['dead-letters list --skipped', 'no skipped dead letters'],
  ])('%s says that there are none', async (command, said) => {
    expect(await odst(command, [items()])).toMatchObject({ code: 0, out: [said] });
  });

  test('list --skipped tells who did without each, when and why', async () => {
    const skipped = { by: 'account:ann', at: '2026-01-02T00:00:00.000Z', reason: 'a test package' };
    const { out, requests } = await odst('dead-letters list --skipped', [
      { items: [{ ...letter('catalog-7', null), skipped }], next: null },
    ]);
    expect(out).toEqual([
      'ID         CONSUMER       EVENT                             EVENT ID  KEY  BY           AT                        REASON',
      'catalog-7  catalog.blobs  org.odst.storage.BlobVerified.v1  018f-1    aa   account:ann  2026-01-02T00:00:00.000Z  a test package',
    ]);
    expect(requests[0]).toContain('/api/v1/dead-letters?limit=1000&state=skipped');
  });

  test('show prints one letter with its event', async () => {
    const shown = { ...letter('catalog-7', null), event: { id: '018f-1', data: { name: 'a\u009b31m' } } };
    const { out, requests } = await odst('dead-letters show catalog-7', [shown]);
    expect(out.every((line) => !/\p{Cc}/u.test(line))).toBe(true);
    expect(JSON.parse(out.join('\n'))).toEqual(shown);
    expect(requests[0]).toContain('GET http://127.0.0.1:8080/api/v1/dead-letters/catalog-7');
  });

  test('nothing of a letter reaches the terminal but as text', async () => {
    const evil = { ...letter('catalog-7', 'Error: \u001b[31mred'), key: 'a\nb\u001b]0;title\u0007' };
    const { out } = await odst('dead-letters list', [{ items: [evil], next: null }]);
    expect(out[1]).toContain('a\\u000ab\\u001b]0;title\\u0007');
    expect(out[1]).toContain('Error: \\u001b[31mred');
    const again = { ...failed, failure: 'Error: \u001b[31mred' };
    expect((await odst('dead-letters retry catalog-7', [outcome({ failed: again })])).err).toContain('Error: \\u001b[31mred');
  });

  test('retry tells how many were handled', async () => {
    const { code, out, requests } = await odst('dead-letters retry catalog-7', [outcome({ handled: 4 })]);
    expect([code, out]).toEqual([0, ['catalog-7: 4 handled, and its key is free']]);
    expect(requests[0]).toContain('POST http://127.0.0.1:8080/api/v1/dead-letters/catalog-7/retry');
  });

  test('retry ends with 1 when a letter fails again', async () => {
    const { code, err } = await odst('dead-letters retry catalog-7', [outcome({ handled: 1, failed })]);
    expect([code, err]).toEqual([1, 'catalog-8: failed again after 1 handled, try 9: Error: broken']);
  });

  test('retry says what goes on after the answer', async () => {
    const { code, out } = await odst('dead-letters retry catalog-7', [outcome({ running: true })]);
    expect([code, out]).toEqual([0, ['catalog-7: the messages of the key are still being handled; list shows what is left']]);
  });

  test('skip sends the reason', async () => {
    const command = ['dead-letters', 'skip', 'catalog-7', '--reason', 'a test package'];
    const { code, out, requests, bodies } = await odst(command, [outcome({ handled: 3 })]);
    expect([code, out]).toEqual([0, ['catalog-7: skipped', 'catalog-7: 3 handled, and its key is free']]);
    expect(requests[0]).toContain('/api/v1/dead-letters/catalog-7/skip');
    expect(bodies).toEqual(['{"reason":"a test package"}']);
  });

  test('skip is done also when what waits behind it was left', async () => {
    const left = 'COMMON_DATABASE_UNAVAILABLE: the database is away';
    const command = ['dead-letters', 'skip', 'catalog-7', '--reason', 'a test package'];
    const { code, out } = await odst(command, [outcome({ handled: 1, left })]);
    expect([code, out]).toEqual([
      0,
      ['catalog-7: skipped', `catalog-7: 1 handled; what else waits was left for now, list shows it: ${left}`],
    ]);
  });
});

describe('odst identity new', () => {
  const renewal = { iss: 'a'.repeat(32), peers: ['Hub', 'South'], atNextStart: false };

  test('tells what it would cost and changes nothing', async () => {
    const { code, out, requests } = await odst('identity new --dry-run', [renewal]);
    expect(code).toBe(0);
    expect(out).toEqual([
      expect.stringContaining('To be registered again: Hub, South.'),
      'Nothing was changed. To do it: odst identity new --yes',
    ]);
    expect(requests).toEqual([expect.stringContaining('/api/v1/identity?dryRun=true')]);
  });

  test('does it with --yes', async () => {
    const { out, requests } = await odst('identity new --yes', [{ ...renewal, peers: [], atNextStart: true }]);
    expect(out).toEqual([expect.stringContaining('It has no peers. Start it anew now.')]);
    expect(requests).toEqual([expect.stringContaining('/api/v1/identity?dryRun=false')]);
  });
});

describe('odst', () => {
  test('tells when the server is out of reach, or answers with something else', async () => {
    const away = await odst('projections list');
    expect([away.code, away.err]).toEqual([1, 'http://127.0.0.1:8080 cannot be reached: connect ECONNREFUSED']);
    const other = await odst('projections list', [
      new Response('<html>', { status: 502, headers: { 'content-type': 'text/html' } }),
    ]);
    expect([other.code, other.err]).toEqual([1, 'the server answered with status 502']);
  });

  test.each([
    [[], 'Commands:'],
    ['letters', "unknown command 'letters'"],
    ['toString', "unknown command 'toString'"],
    ['projections', 'rebuild <name>'],
    ['projections drop', "unknown command 'drop'"],
    ['projections toString', "unknown command 'toString'"],
    ['projections list packages', 'Expected 0 arguments but got 1: packages'],
    ['projections rebuild', "missing required argument 'name'"],
    ['projections rebuild a b', 'Expected 1 argument but got 2: a, b'],
    ['dead-letters', 'skip [options] <id>'],
    ['dead-letters show', "missing required argument 'id'"],
    ['dead-letters skip catalog-7', "required option '--reason <TEXT>' not specified"],
    ['servers list --yes', "unknown option '--yes'"],
    ['dead-letters retry catalog-7 --reason why', "unknown option '--reason'"],
    ['packages list 7', 'Expected 0 arguments'],
    ['packages promote 7', "required option '--to <STAGE>' not specified"],
    ['packages promote 7 --to prod', 'Allowed choices are Dev, Test, Prod'],
    ['packages promote 7 --to Prod --yes', "unknown option '--yes'"],
    ['packages rollback 7', "required option '--stage <STAGE>' not specified"],
    ['packages rollback 7 --stage Prod --sha256 aa', "unknown option '--sha256'"],
    ['conflicts resolve 7-Prod', "required option '--keep <SHA256|nothing>' not specified"],
    ['conflicts resolve 7-Prod --keep aa', '--keep is a SHA-256 of 64 hex digits'],
    ['servers block Paris --yes', 'It needs an ISS ID, 32 hex digits that servers list shows'],
    ['peers show Paris', 'It needs the id of a peer, a number that peers list shows'],
    ['conflicts resolve 7 --keep nothing', 'It needs the id of a conflict, as 7-Prod, that conflicts list shows'],
    ['dead-letters show 7', 'It needs the id of a dead letter, as catalog-7, that dead-letters list shows'],
    ['peers set 2', 'nothing to set: give --stage-cap or --introduces'],
    ['peers set 2 --introduces maybe', 'Allowed choices are yes, no'],
    ['peers list --introduces no', "unknown option '--introduces'"],
    ['projections list --colour', "unknown option '--colour'"],
    ['projections list --url ftp://ods.example', 'ftp://ods.example is no http or https URL'],
  ] as const)('refuses %s with 2, and shows how it is used', async (command, message) => {
    const { code, err, requests } = await odst(command);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(err).toContain('Usage: odst');
    expect(requests).toEqual([]);
  });

  test.each(['--help', '-h'])('shows how it is used with %s', async (flag) => {
    const { code, out } = await odst(flag);
    expect(code).toBe(0);
    expect(out.join('\n')).toMatch(/^Usage: odst .*^ {2}projections +read models$.*^ {2}dead-letters +messages/ms);
  });

  test('shows of a group of commands how that is used', async () => {
    for (const text of [(await odst('dead-letters')).err, (await odst('dead-letters -h')).out.join('\n')]) {
      expect(text).toContain('retry <id>');
      expect(text).not.toContain('rebuild');
    }
  });
});
