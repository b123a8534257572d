import { describe, expect, test } from 'vitest';
import type { FeedEntry, FeedStore, ToldContent } from '../../src/app/ports.ts';
import { hash, profileOf } from './records.ts';

/** What every feed store does. @param open an empty store */
export function feedStoreContract(open: () => Promise<FeedStore>): void {
  const record = (filename: string): ToldContent => ({ kind: 'package', uuid: hash('md5', filename) });
  const profile = (name: string): ToldContent => ({ kind: 'profile', profile: profileOf(name) });
  const uuidIn = ({ content }: FeedEntry) => (content.kind === 'package' ? content.uuid : '');

  describe('a feed', () => {
    test('has an identity from the first look on, and begins empty', async () => {
      const feed = await open();
      const head = await feed.head();
      expect(head.feedId).toMatch(/^[0-9a-f]{32}$/);
      expect(head.position).toBe(0n);
      expect(await feed.head()).toEqual(head);
      expect(await feed.read(0n, 10)).toEqual([]);
    });

    test('has one entry per package, renumbered at each change', async () => {
      const feed = await open();
      expect(await feed.put(record('x'), 1n)).toBe(true);
      expect(await feed.put(record('y'), 2n)).toBe(true);
      expect(await feed.put(record('x'), 3n)).toBe(true);
      const entries = await feed.read(0n, 10);
      expect(entries).toEqual([
        { position: 2n, content: record('y') },
        { position: 3n, content: record('x') },
      ]);
      expect((await feed.head()).position).toBe(3n);
    });

    test('knows which packages have no entry, and takes one at no position of catalog until an event comes', async () => {
      const feed = await open();
      const [x, y, z] = ['x', 'y', 'z'].map((name) => hash('md5', name)) as [string, string, string];
      await feed.put(record('x'), 1n);
      await feed.put({ kind: 'profile', profile: profileOf(y) }, 2n);
      expect((await feed.lacking([x, y, z])).toSorted()).toEqual([y, z].toSorted());
      expect(await feed.lacking([])).toEqual([]);
      expect(await feed.put(record('y'), 0n)).toBe(true);
      expect(await feed.put(record('y'), 0n)).toBe(false);
      expect(await feed.put(record('y'), 1n)).toBe(true);
      expect(await feed.lacking([x, y])).toEqual([]);
    });

    test('knows its epochs, each with the first position that it may give', async () => {
      const feed = await open();
      await feed.begin('a'.repeat(16));
      await feed.put(record('x'), 1n);
      await feed.begin('b'.repeat(16));
      expect(await feed.head()).toMatchObject({
        position: 1n,
        epochs: [
          { id: 'a'.repeat(16), first: 1n },
          { id: 'b'.repeat(16), first: 2n },
        ],
      });
    });

    test('forgets no epoch over any number of starts in which nothing was given', async () => {
      const feed = await open();
      await feed.begin('a'.repeat(16));
      await feed.put(record('x'), 1n);
      for (let start = 0; start < 210; start += 1) await feed.begin(start.toString(16).padStart(16, '0'));
      expect((await feed.head()).epochs).toEqual([
        { id: 'a'.repeat(16), first: 1n },
        { id: '00000000000000d1', first: 2n },
      ]);
    });

    test('tells how many entries there are after a position', async () => {
      const feed = await open();
      for (const [index, name] of ['x', 'y', 'x', 'z'].entries()) await feed.put(record(name), BigInt(index + 1));
      expect(await Promise.all([0n, 2n, 3n, 4n].map((position) => feed.countAfter(position)))).toEqual([3, 2, 1, 0]);
    });

    test('has an entry for the retirement of a server beside that of its profile', async () => {
      const feed = await open();
      const retired = (reason: string): ToldContent => ({
        kind: 'retirement',
        retirement: {
          ...{
            iss: profileOf('a').iss,
            byIss: profileOf('b').iss,
            publicKey: new Uint8Array(32),
            actor: 'account:admin',
            reason,
          },
          ...{ stamp: 7n, signature: new Uint8Array(64) },
        },
      });
      await feed.put(profile('a'), 1n);
      await feed.put(retired('closed'), 2n);
      await feed.put(retired('burnt'), 3n);
      expect(await feed.read(0n, 10)).toEqual([
        { position: 1n, content: profile('a') },
        { position: 3n, content: retired('burnt') },
      ]);
      expect(await feed.profilesOf([profileOf('a').iss])).toEqual([profileOf('a')]);
    });

    test('gives pages after a position', async () => {
      const feed = await open();
      for (const [index, name] of ['u', 'v', 'w', 'x'].entries()) await feed.put(record(name), BigInt(index + 1));
      const uuids = async (after: bigint, limit: number) => (await feed.read(after, limit)).map(uuidIn);
      const [u, v, w, x] = ['u', 'v', 'w', 'x'].map((name) => hash('md5', name));
      expect(await uuids(0n, 2)).toEqual([u, v]);
      expect(await uuids(2n, 2)).toEqual([w, x]);
      expect(await uuids(4n, 2)).toEqual([]);
    });

    test('lets an event that comes again, or late, change nothing', async () => {
      const feed = await open();
      await feed.put(record('x'), 7n);
      expect(await feed.put(record('x'), 7n)).toBe(false);
      expect(await feed.put(record('x'), 6n)).toBe(false);
      expect(await feed.read(0n, 10)).toEqual([{ position: 1n, content: record('x') }]);
      expect((await feed.head()).position).toBe(1n);
    });

    test('keeps a package and a server apart, whatever their ids', async () => {
      const feed = await open();
      const { iss } = profileOf('Paris');
      await feed.put({ kind: 'package', uuid: iss }, 7n);
      expect(await feed.put(profile('Paris'), 1n)).toBe(true);
      expect((await feed.read(0n, 10)).map(({ content }) => content.kind)).toEqual(['package', 'profile']);
    });

    test('has one entry per server too, whose positions at its own service count by themselves', async () => {
      const feed = await open();
      expect(await feed.put(record('x'), 5n)).toBe(true);
      expect(await feed.put(profile('Paris'), 2n)).toBe(true);
      expect(await feed.put(profile('Paris'), 2n)).toBe(false);
      expect(await feed.read(0n, 10)).toEqual([
        { position: 1n, content: record('x') },
        { position: 2n, content: profile('Paris') },
      ]);
    });

    test('shows positions in their order and without gaps, however many come at once', async () => {
      const feed = await open();
      let last = 0n;
      let read = 0n;
      const seen = new Map<string, number>();
      const reader = async () => {
        while (last < 60n) {
          for (const entry of await feed.read(read, 5)) {
            read = entry.position;
            seen.set(uuidIn(entry), told.get(uuidIn(entry)) ?? 0);
          }
          last = read;
        }
      };
      const told = new Map<string, number>();
      const names = Array.from({ length: 10 }, (_, index) => `p${index}`);
      const writers = names.map(async (name, index) => {
        for (let round = 1; round <= 6; round += 1) {
          told.set(hash('md5', name), round);
          await feed.put(record(name), BigInt(round * 100 + index));
        }
      });
      await Promise.all([...writers, reader()]);
      expect((await feed.head()).position).toBe(60n);
      expect([...seen.values()]).toEqual(names.map(() => 6));
    });
  });
}
