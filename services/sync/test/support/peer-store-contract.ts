import { describe, expect, test } from 'vitest';
import type { PageCommit, PeerStore } from '../../src/app/ports.ts';
import { unseen } from '../../src/domain/twins.ts';
import { hash, issOf, recordOf } from './records.ts';

/** What every peer store does. @param open an empty store */
export function peerStoreContract(open: () => Promise<PeerStore>): void {
  const a = issOf('a');
  const b = issOf('b');
  const answeredAt = new Date('2026-01-01T00:00:00.123Z');
  const page = (parts: Partial<PageCommit>): PageCommit => ({
    peerIss: a,
    cursor: 'one',
    answeredAt,
    contents: [],
    postponed: [],
    settled: [],
    refused: 0,
    restoredAt: undefined,
    ...parts,
  });
  const content = (name: string, text: string, likely = true) => ({
    packageUuid: hash('md5', name),
    sha256: hash('sha256', text),
    likely,
  });

  const nothing = { cursor: '', lastAnswerAt: undefined, restoredAt: undefined, seen: unseen };

  describe('the memory of peers', () => {
    test('keeps in which epochs a peer was seen, beside the rest', async () => {
      const peers = await open();
      const seen = { epochs: ['a'.repeat(16), 'b'.repeat(16)], returns: [1_700_000_000_000] };
      await peers.noteEpochs(a, seen);
      expect(await peers.load(a)).toEqual({ ...nothing, seen });
      await peers.commitPage(page({}));
      await peers.noteAnswer(a, answeredAt);
      expect(await peers.load(a)).toEqual({ ...nothing, cursor: 'one', lastAnswerAt: answeredAt, seen });
    });

    test('keeps when a peer was last seen to have been restored', async () => {
      const peers = await open();
      const restoredAt = new Date('2026-01-02T00:00:00Z');
      await peers.commitPage(page({ restoredAt }));
      await peers.commitPage(page({ cursor: 'two' }));
      expect(await peers.load(a)).toEqual({ ...nothing, cursor: 'two', lastAnswerAt: answeredAt, restoredAt });
    });

    test('has a feed read from the start, and forgets nothing else', async () => {
      const peers = await open();
      const record = recordOf({ filename: 'a.pkg', by: b });
      await peers.commitPage(page({ contents: [content('a.pkg', 'a')], postponed: [record] }));
      await peers.rewind(a);
      expect(await peers.load(a)).toEqual({ ...nothing, lastAnswerAt: answeredAt });
      expect(await peers.pendingOf(a)).toHaveLength(1);
      expect((await peers.holdersOf([hash('sha256', 'a')])).size).toBe(1);
      await peers.rewind(b);
      expect(await peers.knownPeers()).toEqual([a]);
    });

    test('of a new peer is empty', async () => {
      const peers = await open();
      expect(await peers.load(a)).toEqual(nothing);
      expect(await peers.knownPeers()).toEqual([]);
    });

    test('keeps the cursor of each peer, and an answer without news leaves it alone', async () => {
      const peers = await open();
      await peers.commitPage(page({}));
      await peers.noteAnswer(b, answeredAt);
      const later = new Date('2026-01-01T00:01:00Z');
      await peers.noteAnswer(a, later);
      expect(await peers.load(a)).toEqual({ ...nothing, cursor: 'one', lastAnswerAt: later });
      expect(await peers.load(b)).toEqual({ ...nothing, lastAnswerAt: answeredAt });
      expect([...(await peers.knownPeers())].sort()).toEqual([a, b].sort());
    });

    test('knows which feeds name a content, as of the latest record of each package', async () => {
      const peers = await open();
      await peers.commitPage(page({ contents: [content('x', 'old'), content('y', 'same', false)] }));
      await peers.commitPage(page({ peerIss: b, contents: [content('x', 'new'), content('x', 'beside', false)] }));
      await peers.commitPage(page({ contents: [content('x', 'new', false)] }));
      const [old, fresh, same, beside] = ['old', 'new', 'same', 'beside'].map((text) => hash('sha256', text)) as [
        string,
        string,
        string,
        string,
      ];
      const holders = await peers.holdersOf([old, fresh, same, beside]);
      expect(holders.get(old)).toBeUndefined();
      expect([...(holders.get(fresh) ?? [])].sort((left, right) => Number(left.likely) - Number(right.likely))).toEqual([
        { peerIss: a, likely: false },
        { peerIss: b, likely: true },
      ]);
      expect(holders.get(same)).toEqual([{ peerIss: a, likely: false }]);
      expect(holders.get(beside)).toEqual([{ peerIss: b, likely: false }]);
    });

    test('takes a page that names one content for a package twice', async () => {
      const peers = await open();
      await peers.commitPage(page({ contents: [content('x', 'same', false), content('x', 'same')] }));
      expect((await peers.holdersOf([hash('sha256', 'same')])).get(hash('sha256', 'same'))).toEqual([
        { peerIss: a, likely: true },
      ]);
    });

    test('keeps records to offer again, the latest of each package, until they are settled', async () => {
      const peers = await open();
      const x1 = recordOf({ filename: 'x', by: b });
      const x2 = recordOf({ filename: 'x', by: b, stamp: 2n });
      const y = recordOf({ filename: 'y', by: b });
      const z = recordOf({ filename: 'z', by: b });
      await peers.commitPage(page({ postponed: [x1, y, z] }));
      expect(await peers.heldBack()).toEqual(new Map([[a, 3]]));
      const before = await peers.pendingOf(a);
      expect(before.map((row) => row.record)).toEqual([x1, y, z]);
      await peers.commitPage(page({ postponed: [x2], settled: [y.uuid] }));
      expect((await peers.pendingOf(a)).map((row) => row.record)).toEqual([z, x2]);
      await peers.settle(before.map((row) => row.id));
      expect((await peers.pendingOf(a)).map((row) => row.record)).toEqual([x2]);
      expect(await peers.pendingOf(b)).toEqual([]);
    });

    test('drops all of a peer that is forgotten, and nothing of another', async () => {
      const peers = await open();
      const postponed = [recordOf({ filename: 'x', by: b })];
      for (const peerIss of [a, b]) await peers.commitPage(page({ peerIss, contents: [content('x', 'x')], postponed }));
      await peers.forget(a);
      expect(await peers.load(a)).toEqual(nothing);
      expect(await peers.pendingOf(a)).toEqual([]);
      expect(await peers.knownPeers()).toEqual([b]);
      expect((await peers.holdersOf([hash('sha256', 'x')])).get(hash('sha256', 'x'))).toEqual([{ peerIss: b, likely: true }]);
      expect((await peers.pendingOf(b)).length).toBe(1);
    });
  });
}
