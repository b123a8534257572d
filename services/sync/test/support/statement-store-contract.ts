import { describe, expect, test } from 'vitest';
import type { HeardStatement } from '../../src/app/holdings-ports.ts';
import type { FeedStore } from '../../src/app/ports.ts';
import { holdingsSubject, type Statement } from '../../src/domain/holdings.ts';
import { profileOf } from './records.ts';
import { createSigner } from './signers.ts';

/** What every feed store does with what servers say of themselves. @param open an empty store, whose feed has begun */
export function statementStoreContract(open: () => Promise<FeedStore>): void {
  const [a, b] = [createSigner(), createSigner()];
  const [x, y] = [`00${'a'.repeat(62)}`, `00${'b'.repeat(62)}`];
  const at = (ms: number) => new Date(ms);
  const heard = (statement: Statement, ms = 1_000): HeardStatement => ({ ...statement, heardAt: at(ms) });
  const begun = async () => {
    const store = await open();
    await store.head();
    return store;
  };

  describe('statements', () => {
    test('are entries of the feed in the order in which they were put, each in the place of the one before', async () => {
      const store = await begun();
      const first = heard(a.says({ kind: 'holdings', stamp: 1n, holds: [x] }));
      const beat = heard(a.says({ kind: 'heartbeat', stamp: 2n }));
      const other = heard(b.says({ kind: 'holdings', stamp: 1n, holds: [x] }));
      expect(await store.putStatements([first, beat, other])).toEqual([first, beat, other]);
      const second = heard(a.says({ kind: 'holdings', stamp: 3n, holds: [x, y] }));
      expect(await store.putStatements([second])).toEqual([second]);
      expect(await store.read(0n, 10)).toEqual([
        { position: 2n, content: beat },
        { position: 3n, content: other },
        { position: 4n, content: second },
      ]);
      expect((await store.head()).position).toBe(4n);
    });

    test('of writers are told with their place in the feed, by server', async () => {
      const store = await begun();
      const [one, other] = [a, b].map((signer) =>
        heard(signer.says({ kind: 'writer', stamp: 1n, lastStamp: 2n ** 62n, floor: 3n })),
      );
      const beat = heard(a.says({ kind: 'heartbeat', stamp: 9n }));
      await store.putStatements([one, other, beat] as HeardStatement[]);
      const next = heard(a.says({ kind: 'writer', stamp: 2n, epoch: 'f'.repeat(16), lastStamp: 2n ** 62n + 1n }));
      expect(await store.putStatements([next, one as HeardStatement])).toEqual([next]);
      const found = await store.writers([a.iss, b.iss, 'c'.repeat(32)]);
      expect(found.toSorted((x1, x2) => Number(x1.position - x2.position))).toEqual([
        { position: 2n, statement: other?.statement },
        { position: 4n, statement: next.statement },
      ]);
      expect(await store.writers([])).toEqual([]);
      expect((await store.heard()).map(({ iss }) => iss)).toEqual([a.iss]);
      expect(await store.holdings({})).toEqual([]);
      expect((await store.read(0n, 10)).map(({ content }) => content)).toEqual([other, beat, next]);
    });

    test('of this server itself take the place of the one that they follow from, whatever their stamp, and of no other', async () => {
      const store = await begun();
      const [first, second, third] = [5n, 4n, 9n].map((stamp) => {
        return heard(a.says({ kind: 'writer', stamp, lastStamp: 1n, floor: 1n }));
      }) as [HeardStatement, HeardStatement, HeardStatement];
      expect(await store.replaceOwn(first, 3n)).toBe(false);
      expect(await store.replaceOwn(first, undefined)).toBe(true);
      expect(await store.replaceOwn(third, undefined)).toBe(false);
      expect(await store.replaceOwn(second, 5n)).toBe(true);
      expect(await store.replaceOwn(third, 5n)).toBe(false);
      expect(await store.writers([a.iss])).toEqual([{ position: 2n, statement: second.statement }]);
      expect((await store.head()).position).toBe(2n);
    });

    test('that are older, or are told again, change nothing', async () => {
      const store = await begun();
      const now = heard(a.says({ kind: 'holdings', stamp: 5n, holds: [x] }));
      await store.putStatements([now]);
      const older = heard(a.says({ kind: 'holdings', stamp: 4n, holds: [x, y] }));
      expect(await store.putStatements([older, now])).toEqual([]);
      expect(await store.putStatements([])).toEqual([]);
      expect(await store.read(0n, 10)).toEqual([{ position: 1n, content: now }]);
    });

    test('of one subject in one page: only the newest is put', async () => {
      const store = await begun();
      const [one, two] = [1n, 2n].map((stamp) => heard(a.says({ kind: 'heartbeat', stamp }))) as [HeardStatement, HeardStatement];
      expect(await store.putStatements([two, one])).toEqual([two]);
      expect((await store.head()).position).toBe(1n);
    });

    test('of the same stamp: the same one counts whatever comes first', async () => {
      const both = [[x], [y]].map((holds) => heard(a.says({ kind: 'holdings', stamp: 1n, holds })));
      const kept = async (order: readonly HeardStatement[]) => {
        const store = await begun();
        for (const one of order) await store.putStatements([one]);
        return store.holdings({});
      };
      expect(await kept(both)).toEqual(await kept(both.toReversed()));
    });

    test('a server stays heard of as late as it ever was', async () => {
      const store = await begun();
      await store.putStatements([heard(a.says({ kind: 'heartbeat', stamp: 1n }), 9_000)]);
      await store.putStatements([
        heard(a.says({ kind: 'heartbeat', stamp: 2n }), 4_000),
        heard(b.says({ kind: 'heartbeat', stamp: 7n })),
      ]);
      const known = (await store.heard()).toSorted((one, other) => Number(one.stamp - other.stamp));
      expect(known).toEqual([
        { iss: a.iss, stamp: 2n, heardAt: at(9_000) },
        { iss: b.iss, stamp: 7n, heardAt: at(1_000) },
      ]);
    });

    test('a server is heard of anew after the clock was set back', async () => {
      const store = await begun();
      await store.putStatements([heard(a.says({ kind: 'heartbeat', stamp: 1n }), 3_600_000)]);
      await store.putStatements([heard(a.says({ kind: 'heartbeat', stamp: 2n }), 5_000)]);
      expect(await store.heard()).toEqual([{ iss: a.iss, stamp: 2n, heardAt: at(65_000) }]);
    });

    test('are found by server and by shard, an empty one too', async () => {
      const store = await begun();
      const z = `ff${'c'.repeat(62)}`;
      const all = [a, b].flatMap((signer) => [
        signer.says({ kind: 'holdings', stamp: 1n, holds: [x] }),
        signer.says({ kind: 'holdings', stamp: 1n, holds: [z] }),
      ]);
      const empty = a.says({ kind: 'holdings', stamp: 1n, shard: 7, holds: [] });
      await store.putStatements([...all, empty, a.says({ kind: 'heartbeat', stamp: 1n })].map((one) => heard(one)));
      const found = async (query: Parameters<FeedStore['holdings']>[0]) =>
        (await store.holdings(query)).map(({ iss, shard }) => holdingsSubject(iss, shard)).sort();
      expect(await found({})).toHaveLength(5);
      expect(await found({ iss: b.iss })).toEqual([`${b.iss}.0`, `${b.iss}.255`]);
      expect(await found({ shards: [0] })).toEqual([`${a.iss}.0`, `${b.iss}.0`].sort());
      expect(await found({ iss: a.iss, shards: [7, 255] })).toEqual([`${a.iss}.255`, `${a.iss}.7`]);
      expect((await store.holdings({ iss: a.iss, shards: [7] }))[0]?.entries).toHaveLength(0);
    });

    test('of holdings are of another version in each shard where one of them is another, and in no other', async () => {
      const store = await begun();
      const z = `ff${'c'.repeat(62)}`;
      const put = (...said: readonly Statement[]) => store.putStatements(said.map((one) => heard(one)));
      await put(a.says({ kind: 'holdings', stamp: 1n, holds: [x] }), a.says({ kind: 'holdings', stamp: 1n, holds: [z] }));
      const shards = [0, 7, 255];
      const first = await store.holdingsVersions(shards);
      expect([...first.keys()].sort()).toEqual([0, 255]);
      await put(a.says({ kind: 'heartbeat', stamp: 2n }));
      expect(await store.holdingsVersions(shards)).toEqual(first);
      const seen = new Set([first.get(0)]);
      for (const next of [
        ...[a.says({ kind: 'holdings', stamp: 2n, holds: [x] }), b.says({ kind: 'holdings', stamp: 2n, holds: [x] })],
        b.says({ kind: 'holdings', stamp: 3n, shard: 0, holds: [] }),
      ]) {
        await put(next);
        const { 0: now, 255: other } = Object.fromEntries(await store.holdingsVersions(shards));
        expect([seen.has(now), other]).toEqual([false, first.get(255)]);
        seen.add(now);
      }
      expect((await store.holdingsVersions([255])).size).toBe(1);
    });

    test('tell their stamps by subject', async () => {
      const store = await begun();
      await store.putStatements([
        heard(a.says({ kind: 'holdings', stamp: 3n, holds: [x] })),
        heard(b.says({ kind: 'heartbeat', stamp: 4n })),
      ]);
      const stamps = await store.stampsOf([`${a.iss}.0`, b.iss, `${b.iss}.0`, a.iss]);
      expect(Object.fromEntries(stamps)).toEqual({ [`${a.iss}.0`]: 3n, [b.iss]: 4n });
    });

    test('stand beside packages and profiles in the order of the feed', async () => {
      const store = await begun();
      const profile = profileOf(a.iss);
      await store.put({ kind: 'package', uuid: a.iss }, 1n);
      await store.putStatements([
        heard(a.says({ kind: 'heartbeat', stamp: 1n })),
        heard(a.says({ kind: 'holdings', stamp: 1n, holds: [x] })),
      ]);
      await store.put({ kind: 'profile', profile }, 1n);
      expect((await store.read(0n, 10)).map(({ content }) => content.kind)).toEqual([
        'package',
        'heartbeat',
        'holdings',
        'profile',
      ]);
      expect(await store.profilesOf([a.iss, b.iss])).toEqual([profile]);
    });

    test('put at once by several never share a position', async () => {
      const store = await begun();
      const stamps = Array.from({ length: 20 }, (_, index) => BigInt(index + 1));
      await Promise.all(
        stamps.map((stamp) => store.putStatements([a, b].map((one) => heard(one.says({ kind: 'heartbeat', stamp }))))),
      );
      expect((await store.heard()).map(({ stamp }) => stamp)).toEqual([20n, 20n]);
      const positions = (await store.read(0n, 10)).map(({ position }) => position);
      expect(new Set(positions).size).toBe(2);
      expect((await store.head()).position).toBe(positions.at(-1));
    });
  });
}
