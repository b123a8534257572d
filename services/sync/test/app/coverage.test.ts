import { systemTimers } from '@odst/async/timers';
import { stages } from '@odst/kernel';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMemoryFeedStore } from '../../src/adapters/memory-feed-store.ts';
import { createCoverage } from '../../src/app/coverage.ts';
import { coverageOf } from '../../src/domain/coverage.ts';
import { holdingsSubject, shardOf } from '../../src/domain/holdings.ts';
import { contentIn, recordOf } from '../support/records.ts';
import { createSigner } from '../support/signers.ts';
import { type SimulatedServer, World } from '../support/world.ts';

const sha256Of = (server: SimulatedServer, name: string) => {
  const record = recordOf({ filename: name, by: server.iss });
  return { record, ...contentIn(record) };
};

/** States of a content at all servers, as one of them knows them: `a verified`, … */
async function statesAt(server: SimulatedServer, sha256: string): Promise<readonly string[]> {
  const [head] = await server.brain.statements.coverage.of([{ stage: 'Prod', sha256 }]);
  return (head?.sites ?? []).map(({ name, state }) => `${name} ${state}`);
}

/** Lets time pass until it is so, looked at every second. */
async function becomes(
  world: World,
  server: SimulatedServer,
  sha256: string,
  states: readonly string[],
  limitMs: number,
): Promise<number> {
  const startMs = world.time.now().getTime();
  for (;;) {
    const known = await statesAt(server, sha256);
    const tookMs = world.time.now().getTime() - startMs;
    if (known.join() === states.join()) return tookMs;
    if (tookMs >= limitMs) expect(known).toEqual(states);
    await world.time.pass(1_000);
  }
}

/** C and B know A only. */
async function hubAndSpokes() {
  const world = new World();
  const [a, b, c] = [world.server('a'), world.server('b'), world.server('c')];
  world.befriend(a, b);
  world.befriend(a, c);
  return { world, a, b, c, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

describe('coverage over a hub', () => {
  test('a spoke sees what another one holds, as soon as that says so', async () => {
    await using mesh = await hubAndSpokes();
    const { world, a, b, c } = mesh;
    const { record, sha256 } = sha256Of(b, 'x.pkg');
    b.catalog.upload(record);
    await becomes(world, c, sha256, ['c verified', 'a verified', 'b verified'], 60_000);
    await becomes(world, a, sha256, ['a verified', 'b verified', 'c verified'], 60_000);
    await becomes(world, b, sha256, ['b verified', 'a verified', 'c verified'], 60_000);
  });

  test('of a server that is silent nothing is known after two minutes, until it is heard of again', async () => {
    await using mesh = await hubAndSpokes();
    const { world, a, b, c } = mesh;
    const { record, sha256 } = sha256Of(a, 'x.pkg');
    a.catalog.upload(record);
    const all = ['c verified', 'a verified', 'b verified'];
    await becomes(world, c, sha256, all, 60_000);
    // In an hour without any change: nobody is forgotten.
    for (let minute = 0; minute < 60; minute += 1) {
      await world.time.pass(60_000);
      expect(await statesAt(c, sha256)).toEqual(all);
    }
    await b.stop();
    const stoppedMs = world.time.now().getTime();
    const tookMs = await becomes(world, c, sha256, ['c verified', 'a verified', 'b unknown'], 200_000);
    expect(tookMs).toBeLessThan(125_000);
    const [head] = await c.brain.statements.coverage.of([{ stage: 'Prod', sha256 }]);
    const site = head?.sites.find(({ name }) => name === 'b');
    expect(Math.abs((site?.since?.getTime() ?? 0) - stoppedMs)).toBeLessThan(31_000);
    expect([head?.held, head?.of]).toEqual([2, 3]);
    b.start();
    await becomes(world, c, sha256, all, 60_000);
  });

  test('a server that comes later does not take one that is long gone for alive', async () => {
    await using mesh = await hubAndSpokes();
    const { world, a, b } = mesh;
    const { record, sha256 } = sha256Of(b, 'x.pkg');
    b.catalog.upload(record);
    await becomes(world, a, sha256, ['a verified', 'b verified', 'c verified'], 60_000);
    await b.stop();
    await world.time.pass(150_000);
    const late = world.server('late');
    world.befriend(a, late);
    await becomes(world, late, sha256, ['late verified', 'a verified', 'b unknown', 'c verified'], 60_000);
    for (let second = 0; second < 60; second += 1) {
      await world.time.pass(1_000);
      expect((await statesAt(late, sha256))[2]).toBe('b unknown');
    }
  });

  test('a server that lost a file says so, and no longer counts until it holds it again', async () => {
    await using mesh = await hubAndSpokes();
    const { world, a, b, c } = mesh;
    const { record, sha256 } = sha256Of(a, 'x.pkg');
    a.catalog.upload(record);
    await becomes(world, c, sha256, ['c verified', 'a verified', 'b verified'], 60_000);
    b.catalog.blobs.delete(sha256);
    await becomes(world, c, sha256, ['c verified', 'a verified', 'b waiting'], 70_000);
    b.catalog.blobs.add(sha256);
    await becomes(world, c, sha256, ['c verified', 'a verified', 'b verified'], 70_000);
  });

  test('what a blocked server said is taken when it is blocked no longer, though it says nothing new', async () => {
    await using mesh = await hubAndSpokes();
    const { world, a, b, c } = mesh;
    c.blocked.add(b.iss);
    const { record, sha256 } = sha256Of(b, 'x.pkg');
    b.catalog.upload(record);
    await becomes(world, c, sha256, ['c verified', 'a verified', 'b withheld'], 60_000);
    expect(await statesAt(a, sha256)).toEqual(['a verified', 'b verified', 'c verified']);
    c.unblock(b);
    await becomes(world, c, sha256, ['c verified', 'a verified', 'b verified'], 60_000);
  });

  test('tells how the own transfers go', async () => {
    await using world = new World();
    const [a, b] = [world.server('a'), world.server('b')];
    world.befriend(a, b);
    b.fetchFailures = ['STORAGE_PEER_FAILED'];
    b.fetchMs = 20_000;
    const { record, sha256 } = sha256Of(a, 'x.pkg');
    a.catalog.upload(record);
    await becomes(world, b, sha256, ['b downloading', 'a verified'], 40_000);
    await becomes(world, b, sha256, ['b retrying', 'a verified'], 40_000);
    const [head] = await b.brain.statements.coverage.of([{ stage: 'Prod', sha256 }]);
    expect(head?.sites[0]).toMatchObject({ reason: expect.stringContaining('STORAGE_PEER_FAILED'), nextTryAt: expect.any(Date) });
    expect((await statesAt(a, sha256))[1]).toBe('b waiting');
    await becomes(world, a, sha256, ['a verified', 'b verified'], 120_000);
  });
});

describe('a wait for coverage', () => {
  const never = new AbortController().signal;
  const heads = (sha256: string) => [{ stage: 'Prod' as const, sha256 }];

  test('ends when all servers, so many, or one of them hold it, woken by what they say', async () => {
    await using mesh = await hubAndSpokes();
    const { world, a, b } = mesh;
    const { record, sha256 } = sha256Of(a, 'x.pkg');
    b.fetchMs = 70_000;
    await world.time.pass(60_000);
    a.catalog.upload(record);
    const ended: string[] = [];
    for (const goal of ['all', '1', '2', 'c', b.iss]) {
      void a.brain.waitCoverage({ heads: heads(sha256), goal, waitMs: 600_000 }, never).then(({ complete, missing }) => {
        ended.push(`${goal === b.iss ? 'b' : goal} ${complete} ${missing.length}`);
      });
    }
    await world.time.until(() => ended.length === 3, 100_000);
    expect(ended.toSorted()).toEqual(['1 true 0', '2 true 0', 'c true 0']);
    await world.time.until(() => ended.length === 5, 200_000);
    expect(ended.slice(3).toSorted()).toEqual(['all true 0', 'b true 0']);
  });

  test('ends with its time, when its caller goes, and at once where it cannot be', async () => {
    await using mesh = await hubAndSpokes();
    const { world, a, b } = mesh;
    const { record, sha256 } = sha256Of(a, 'x.pkg');
    b.fetchMs = 200_000;
    a.catalog.upload(record);
    await world.time.pass(30_000);
    const gone = new AbortController();
    const left = a.brain.waitCoverage({ heads: heads(sha256), goal: 'all', waitMs: 600_000 }, gone.signal);
    const over = a.brain.waitCoverage({ heads: heads(sha256), goal: 'b', waitMs: 30_000 }, never);
    const impossible = a.brain.waitCoverage({ heads: heads(sha256), goal: '4', waitMs: 600_000 }, never);
    expect(await impossible).toMatchObject({ complete: false });
    await world.time.pass(31_000);
    expect(await over).toMatchObject({ complete: false, missing: [{ name: 'b', state: 'waiting' }] });
    gone.abort();
    expect(await left).toMatchObject({ complete: false, missing: [{ name: 'b' }], heads: [{ held: 2, of: 3 }] });
  });

  test('is refused where it names nobody, or more than one', async () => {
    await using mesh = await hubAndSpokes();
    const { world, a } = mesh;
    await world.time.pass(30_000);
    await expect(a.brain.checkGoal('Oslo')).rejects.toThrow('there is no server Oslo');
    await expect(a.brain.checkGoal('0')).rejects.toThrow('there is no server 0');
    for (const goal of ['all', '7', 'b', a.iss]) await a.brain.checkGoal(goal);
    const wait = { heads: heads('0'.repeat(64)), goal: 'Oslo', waitMs: 1 };
    await expect(a.brain.waitCoverage(wait, never)).rejects.toThrow('there is no server Oslo');
    await expect(a.brain.waitCoverage({ ...wait, goal: 'all', waitMs: 600_001 }, never)).rejects.toThrow('0 to 600 s');
  });
});

describe('counts', () => {
  test('say the same as each head by itself, whatever was said, heard and asked for before', async () => {
    const now = new Date();
    const signers = [createSigner(), createSigner(), createSigner()] as const;
    const contents = ['00', '00aa', '00ab', 'ff', 'ffaa'].map((digits) => digits.padEnd(64, '0'));
    const head = fc.record({ stage: fc.constantFrom(...stages), sha256: fc.constantFrom(...contents) });
    const step = fc.record({
      ...{ by: fc.nat({ max: 2 }), shard: fc.constantFrom(0x00, 0xff), holds: fc.subarray(contents) },
      ...{ silentMs: fc.constantFrom(0, 200_000), asked: fc.array(head, { maxLength: 6 }) },
    });
    const sites = signers.map(({ iss }, index) => {
      return { iss, name: `${index}`, stage: stages[index] ?? 'Prod', relation: 'peer', blocked: false };
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        const store = createMemoryFeedStore(() => 'f'.repeat(32));
        let reads = 0;
        const statements = {
          ...store,
          holdings: (query: Parameters<typeof store.holdings>[0]) => {
            reads += 1;
            return store.holdings(query);
          },
        };
        const ownIss = signers[0].iss;
        const coverage = createCoverage({
          ...{ statements, progressOf: () => undefined, scheduler: { ...systemTimers, now: () => now } },
          sites: { ownIss: async () => ownIss, listSites: async () => sites },
        });
        for (const [index, { by, shard, holds, silentMs, asked }] of steps.entries()) {
          const stamp = BigInt(index + 1);
          const signer = signers[by] ?? signers[0];
          const here = holds.filter((sha256) => shardOf(sha256) === shard);
          const heardAt = new Date(now.getTime() - silentMs);
          await store.putStatements([
            { ...signer.says({ kind: 'holdings', stamp, shard, holds: here }), heardAt },
            { ...signer.says({ kind: 'heartbeat', stamp }), heardAt },
          ]);
          const counted = await coverage.count(asked);
          const said = new Map((await store.holdings({})).map((one) => [holdingsSubject(one.iss, one.shard), one]));
          const heard = new Map((await store.heard()).map((one) => [one.iss, one.heardAt]));
          const known = {
            ownIss,
            now,
            statements: said,
            sites: sites.map((site) => ({ ...site, heardAt: heard.get(site.iss) })),
          };
          const single = asked.map((one) => coverageOf(one, known, () => undefined));
          expect(counted.heads.map(({ held, of }) => [held, of])).toEqual(single.map(({ held, of }) => [held, of]));
          for (const site of counted.sites) {
            const states = single.flatMap((one) => one.sites.filter(({ iss }) => iss === site.iss).map(({ state }) => state));
            expect(site.held).toBe(states.filter((state) => state === 'verified').length);
            expect(site.of).toBe(states.filter((state) => state !== 'withheld').length);
          }
          // What nobody has said anew is not read again.
          const before = reads;
          expect(await coverage.count(asked)).toEqual(counted);
          expect(reads).toBe(before);
        }
      }),
    );
  });
});
