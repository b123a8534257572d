import { describe, expect, test } from 'vitest';
import { items, odst } from './support/odst.ts';

const at = '2026-01-01T00:00:00.000Z';

describe('odst servers list', () => {
  test('tells each server and how it is known', async () => {
    const [iss, hub] = ['a'.repeat(32), 'b'.repeat(32)];
    const retirement = { byIss: hub, byName: 'Hub', actor: 'account:eva', reason: 'the site was closed', at };
    const unnamed = { ...retirement, byName: null, reason: null };
    const common = {
      url: 'https://x.example',
      stage: 'Prod',
      firewalledMode: false,
      since: null,
      signedAt: null,
      blocked: false,
      retired: false,
      retirement: null,
    };
    const { out, requests } = await odst('servers list', [
      {
        items: [
          { ...common, iss, name: 'North', relation: 'self', introducedBy: null, url: null },
          { ...common, iss: hub, name: 'Hub', relation: 'peer', introducedBy: null },
          { ...common, iss: 'd'.repeat(32), name: 'Gone', relation: 'former', introducedBy: null, blocked: true },
          { ...common, iss: 'c'.repeat(32), name: 'South', relation: 'introduced', introducedBy: hub },
          { ...common, iss: 'e'.repeat(32), name: 'Bonn', relation: 'former', introducedBy: null, retired: true, retirement },
          { ...common, iss: 'f'.repeat(32), name: 'Kiel', relation: 'peer', introducedBy: null, retirement: unnamed },
        ],
        next: null,
      },
    ]);
    expect(out).toEqual([
      'NAME   STAGE  KNOWN AS           URL                ISS ID',
      `North  Prod   self               -                  ${iss}`,
      `Hub    Prod   peer               https://x.example  ${hub}`,
      `Gone   Prod   former, blocked    https://x.example  ${'d'.repeat(32)}`,
      `South  Prod   introduced by Hub  https://x.example  ${'c'.repeat(32)}`,
      `Bonn   Prod   former, retired    https://x.example  ${'e'.repeat(32)}`,
      `Kiel   Prod   peer               https://x.example  ${'f'.repeat(32)}`,
      '',
      `Bonn was retired by Hub (account:eva) at ${at}: the site was closed`,
      `Kiel was retired by ${hub} (account:eva) at ${at}. It has said since that it lives, so it is not retired`,
    ]);
    expect(requests[0]).toContain('/api/v1/servers');
  });
});

describe('odst servers block and unblock', () => {
  const iss = 'c'.repeat(32);
  const server = { iss, name: 'South', url: null, stage: 'Prod', relation: 'peer', introducedBy: null, blocked: false };
  const would = { server, unregistered: true, peerTold: false, keyChanged: true, introduced: 2, done: false };

  test('tell what they would do, and do nothing', async () => {
    const block = await odst(`servers block ${iss} --dry-run`, [would]);
    expect(block.out).toEqual([
      expect.stringMatching(/^Would take nothing more of what South .* is a peer.* 2 servers that it introduced stay known/),
      `Nothing was changed. To do it: odst servers block ${iss} --yes`,
    ]);
    expect(block.requests).toEqual([
      expect.stringContaining(`POST http://127.0.0.1:8080/api/v1/servers/${iss}/block?dryRun=true`),
    ]);
    const unblock = await odst(`servers unblock ${iss} --dry-run`, [items({ ...server, blocked: true })]);
    expect(unblock.out.at(-1)).toBe(`Nothing was changed. To do it: odst servers unblock ${iss} --yes`);
    expect(unblock.requests).toEqual([expect.stringContaining('GET ')]);
  });

  test('do it with --yes', async () => {
    const block = await odst(`servers block ${iss} --yes`, [{ ...would, peerTold: true, done: true }]);
    expect(block.out).toEqual([
      expect.stringContaining('South is blocked. It was told'),
      expect.stringContaining('The Key of this server is another one now'),
    ]);
    expect(block.requests).toEqual([expect.stringContaining('/block?dryRun=false')]);
    const unblock = await odst(`servers unblock ${iss} --yes`, [{ server, wasBlocked: true }]);
    expect(unblock.out).toEqual([expect.stringContaining('South is not blocked any more')]);
  });

  test('say where there is nothing to do', async () => {
    expect((await odst(`servers block ${iss} --yes`, [{ ...would, keyChanged: false }])).out).toEqual([
      'South is blocked already.',
    ]);
    expect((await odst(`servers unblock ${iss} --dry-run`, [items(server)])).out).toEqual(['South is not blocked.']);
    expect((await odst(`servers unblock ${iss} --yes`, [{ server, wasBlocked: false }])).out).toEqual([
      'South was not blocked. Nothing was changed.',
    ]);
    const unknown = await odst(`servers unblock ${iss} --dry-run`, [items()]);
    expect([unknown.code, unknown.err]).toEqual([3, expect.stringContaining(iss)]);
  });
});

describe('odst servers retire', () => {
  const [iss, other] = ['c'.repeat(32), 'd'.repeat(32)];
  const retirement = { byIss: 'a'.repeat(32), byName: 'Hub', actor: 'account:eva', reason: null, at };
  const server = { iss, name: 'South', url: null, stage: 'Prod', relation: 'former', introducedBy: null, blocked: false };
  const retired = { ...server, retired: true, retirement };

  test('takes an ISS ID, or a name that one server has, and a reason', async () => {
    const byIss = await odst(['servers', 'retire', iss, '--reason', 'it burnt'], [{ server: retired, wasRetired: false }]);
    expect(byIss.out[0]).toBe(`South (${iss}) is retired: it counts no more, here and soon in the whole mesh.`);
    expect(byIss.requests).toEqual([expect.stringContaining(`POST http://127.0.0.1:8080/api/v1/servers/${iss}/retire`)]);
    expect(byIss.bodies).toEqual(['{"reason":"it burnt"}']);
    const byName = await odst('servers retire South', [
      items({ ...server, iss: other, name: 'North' }, server),
      { server: retired },
    ]);
    expect(byName.requests[1]).toContain(`/api/v1/servers/${iss}/retire`);
    expect(byName.bodies[1]).toBe('{"reason":""}');
  });

  test('does nothing where the name is of none or of several, and says so', async () => {
    const none = await odst('servers retire Bonn', [items(server)]);
    expect([none.code, none.err]).toEqual([3, expect.stringContaining('no server named Bonn')]);
    const two = await odst('servers retire South', [items(server, { ...server, iss: other })]);
    expect([two.code, two.err]).toEqual([3, expect.stringContaining(`${iss} or ${other}`)]);
    expect([none.requests, two.requests]).toMatchObject([{ length: 1 }, { length: 1 }]);
  });

  test('says where it is retired already, and by whom', async () => {
    expect((await odst(`servers retire ${iss}`, [{ server: retired, wasRetired: true }])).out).toEqual([
      'South is retired already. Nothing was changed.',
      `South was retired by Hub (account:eva) at ${at}`,
    ]);
  });
});

describe('odst peers', () => {
  const peer = {
    ...{ id: 2, iss: 'c'.repeat(32), name: 'South', stage: 'Prod', state: 'online', stageCap: 'Test' },
    ...{ introduces: false, heldBack: 3, lastError: null, inStep: false, behind: 12, readToEndAt: at, clockOffsetMs: -61_400 },
  };

  test('list prints a line for each', async () => {
    expect((await odst('peers list', [items(peer)])).out).toEqual([
      'ID  NAME   STAGE  STATE   IN STEP  BEHIND  HELD BACK  SKEW   STAGE CAP  INTRODUCES  LAST ERROR',
      '2   South  Prod   online  no       12      3          -61 s  Test       no          -',
    ]);
    const silent = { ...peer, state: 'offline', behind: null, lastError: 'no route to host' };
    const [, ...lines] = (await odst('peers list', [items(silent, { ...silent, readToEndAt: null })])).out;
    expect(lines).toEqual([expect.stringContaining(` none at ${at} `), expect.stringMatching(/ no +- +3 /)]);
    expect((await odst('peers list', [items()])).out).toEqual(['no peers']);
  });

  test('show prints all of one', async () => {
    expect((await odst('peers show 2', [peer])).out.join('\n')).toBe(JSON.stringify(peer, undefined, 2));
  });

  test('set changes what is given', async () => {
    const { out, requests, bodies } = await odst('peers set 2 --stage-cap Test --introduces no', [peer]);
    expect(out).toEqual(['South: changes up to Test are taken; it introduces nobody.']);
    expect(requests).toEqual([expect.stringContaining('PATCH http://127.0.0.1:8080/api/v1/peers/2')]);
    expect(bodies).toEqual(['{"stageCap":"Test","introduces":false}']);
  });

  const compared = {
    ...{ comparedAt: '2026-01-01T00:00:00.000Z', packages: 1204, differed: 0, repaired: 0, heldBack: 0, lacking: 0 },
    ...{ outcome: 'equal', unexplained: 0, examples: [], reason: '' },
  };

  test('sync compares what both servers have, by id or by name, and waits for it', async () => {
    const equal = await odst('peers sync South', [items(peer), { id: 2, comparison: compared }]);
    expect(equal.out).toEqual(['South: 1204 packages compared; nothing differs.']);
    expect(equal.requests.at(-1)).toContain('POST http://127.0.0.1:8080/api/v1/peers/2/sync');
    const examples = [
      { filename: 'x.pkg', outcome: 'heldBack', reason: 'it concerns Prod' },
      { filename: 'y.pkg', outcome: 'repaired', reason: 'this server lacked what it has now' },
    ];
    const different = { ...compared, differed: 3, repaired: 2, heldBack: 1, outcome: 'different', examples };
    const answers = [items(peer), { id: 2, comparison: null }, { ...peer, comparing: true }, { ...peer, comparison: different }];
    expect((await odst('peers sync 2', answers)).out).toEqual([
      'South: 1204 packages compared; 3 differed, 2 repaired: some differ still.',
      '  x.pkg: it concerns Prod (differs still)',
      '  y.pkg: this server lacked what it has now',
      '  and 1 more',
    ]);
  });

  test('sync waits between its looks also where the server compares nothing any more', async () => {
    const forgotten = { ...peer, comparing: false, comparison: null };
    const { waitedMs, out } = await odst('peers sync 2', [items(peer), { id: 2, comparison: null }, forgotten]);
    expect([waitedMs, out]).toEqual([600_000, ['It goes on: odst peers show 2 tells what comes of it.']]);
  });

  test('sync says why nothing was compared', async () => {
    const unsupported = { ...compared, outcome: 'unsupported', reason: 'the peer runs a version that compares nothing' };
    expect((await odst('peers sync 2', [items(peer), { id: 2, comparison: unsupported }])).out).toEqual([
      'South: not compared, since the peer runs a version that compares nothing.',
    ]);
    const failed = await odst('peers sync 2', [
      items(peer),
      { id: 2, comparison: { ...compared, outcome: 'failed', reason: 'no' } },
    ]);
    expect([failed.code, failed.err]).toEqual([1, expect.stringContaining('South could not be compared: no.')]);
    const down = [items(peer), { id: 2, comparison: null }, { ...peer, comparing: true, lastError: 'no route to host' }];
    expect((await odst('peers sync 2', down)).err).toContain('South cannot be read: no route to host');
    expect((await odst('peers sync West', [items(peer)])).err).toContain('there is no peer West');
    expect((await odst('peers sync South', [items(peer, { ...peer, id: 3 })])).err).toContain('several peers');
  });

  test('unregister tells what it would do, and does it with --yes', async () => {
    const would = await odst('peers unregister 2 --dry-run', [peer]);
    expect(would.out.at(-1)).toBe('Nothing was changed. To do it: odst peers unregister 2 --yes');
    expect(would.requests).toHaveLength(1);
    const done = await odst('peers unregister 2 --yes', [peer, new Response(null, { status: 204 })]);
    expect(done.out).toEqual(['South is no peer any more. Its packages stay.']);
    expect(done.requests.at(-1)).toContain('DELETE http://127.0.0.1:8080/api/v1/peers/2');
  });
});

test('odst key rotate says what it means, and prints the Key with --yes', async () => {
  const would = await odst('key rotate --dry-run');
  expect([would.code, would.requests]).toEqual([0, []]);
  expect(would.out.at(-1)).toContain('odst key rotate --yes');
  const done = await odst('key rotate --yes', [{ key: 'S2V5' }]);
  expect(done.out).toEqual(['S2V5']);
  expect(done.requests).toEqual([expect.stringContaining('POST http://127.0.0.1:8080/api/v1/settings/key/rotate')]);
});
