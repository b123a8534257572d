import { describe, expect, test } from 'vitest';
import type { NamedContent, PageCommit, PeerStore } from '../../src/app/ports.ts';
import type { Comparison } from '../../src/domain/comparison.ts';
import { contentKey } from '../../src/domain/content-id.ts';
import { mostHeld } from '../../src/domain/held-change.ts';
import { unseen } from '../../src/domain/twins.ts';
import { hash, heldIn, issOf, recordOf } from './records.ts';

type Rec = ReturnType<typeof recordOf>;

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
    packages: [...new Set((parts.contents ?? []).map(({ packageUuid }) => packageUuid))],
    held: [],
    restoredAt: undefined,
    isLast: false,
    ...parts,
  });
  const idOf = (text: string, manifest = text) => ({ sha256: hash('sha256', text), manifestDigest: hash('sha256', manifest) });
  const content = (name: string, text: string, likely = true): NamedContent => ({
    packageUuid: hash('md5', name),
    ...idOf(text),
    likely,
  });

  const times = { lastAnswerAt: undefined, restoredAt: undefined, readToEndAt: undefined };
  const nothing = { cursor: '', ...times, seen: unseen, droppedHeld: false, comparison: undefined };

  describe('the memory of peers', () => {
    test('keeps in which epochs a peer was seen, beside the rest', async () => {
      const peers = await open();
      const seen = { epochs: ['a'.repeat(16), 'b'.repeat(16)], returns: [1_700_000_000_000] };
      await peers.noteEpochs(a, seen);
      expect(await peers.load(a)).toEqual({ ...nothing, seen });
      await peers.commitPage(page({}));
      await peers.noteAnswer(a, answeredAt);
      expect(await peers.load(a)).toEqual({
        ...{ ...nothing, cursor: 'one', lastAnswerAt: answeredAt, readToEndAt: answeredAt },
        seen,
      });
    });

    test('keeps the last comparison with a peer, beside the rest', async () => {
      const peers = await open();
      const comparison: Comparison = {
        ...{ comparedAt: answeredAt, outcome: 'different', packages: 7, differed: 1, repaired: 0, heldBack: 1, lacking: 0 },
        ...{ unexplained: 0, examples: [{ filename: 'x "ü" .pkg', outcome: 'heldBack', reason: 'it is' }], reason: '' },
      };
      await peers.noteComparison(a, { ...comparison, outcome: 'failed', reason: 'no' });
      await peers.noteComparison(a, comparison);
      expect(await peers.load(a)).toEqual({ ...nothing, comparison });
      await peers.commitPage(page({}));
      expect(await peers.load(a)).toEqual({ ...nothing, cursor: 'one', lastAnswerAt: answeredAt, comparison });
    });

    test('of records that were asked for by themselves keeps all but a cursor', async () => {
      const peers = await open();
      await peers.commitPage(page({ cursor: undefined, contents: [content('x', 'x')] }));
      expect((await peers.load(a)).cursor).toBe('');
      await peers.commitPage(page({}));
      await peers.commitPage(page({ cursor: undefined, contents: [content('y', 'y')] }));
      expect((await peers.load(a)).cursor).toBe('one');
      expect((await peers.holdersOf([idOf('x'), idOf('y')])).size).toBe(2);
    });

    test('keeps when a peer was last seen to have been restored', async () => {
      const peers = await open();
      const restoredAt = new Date('2026-01-02T00:00:00Z');
      await peers.commitPage(page({ restoredAt }));
      await peers.commitPage(page({ cursor: 'two' }));
      expect(await peers.load(a)).toEqual({ ...nothing, cursor: 'two', lastAnswerAt: answeredAt, restoredAt });
    });

    test('keeps when a feed was read to its end, which a page in the middle of it does not change', async () => {
      const peers = await open();
      await peers.commitPage(page({ isLast: true }));
      await peers.commitPage(page({ cursor: 'two', answeredAt: new Date('2026-01-01T00:01:00Z') }));
      expect(await peers.load(a)).toMatchObject({ cursor: 'two', readToEndAt: answeredAt });
    });

    test('has a feed read from the start, and forgets nothing else', async () => {
      const peers = await open();
      const record = recordOf({ filename: 'a.pkg', by: b });
      await peers.commitPage(page({ contents: [content('a.pkg', 'a')], held: [heldIn(record)] }));
      await peers.rewind(a);
      expect(await peers.load(a)).toEqual({ ...nothing, lastAnswerAt: answeredAt });
      expect(await peers.listHeld(a, 0n, 10)).toHaveLength(1);
      expect((await peers.holdersOf([idOf('a')])).size).toBe(1);
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
      expect(await peers.load(a)).toEqual({ ...nothing, cursor: 'one', lastAnswerAt: later, readToEndAt: later });
      expect(await peers.load(b)).toEqual({ ...nothing, lastAnswerAt: answeredAt, readToEndAt: answeredAt });
      expect([...(await peers.knownPeers())].sort()).toEqual([a, b].sort());
    });

    test('knows which feeds name a content, as of the latest record of each package', async () => {
      const peers = await open();
      await peers.commitPage(page({ contents: [content('x', 'old'), content('y', 'same', false)] }));
      await peers.commitPage(page({ peerIss: b, contents: [content('x', 'new'), content('x', 'beside', false)] }));
      await peers.commitPage(page({ contents: [content('x', 'new', false)] }));
      const known = await peers.holdersOf(['old', 'new', 'same', 'beside'].map((text) => idOf(text)));
      const holdersOf = (text: string) => known.get(contentKey(idOf(text)));
      expect(holdersOf('old')).toBeUndefined();
      expect([...(holdersOf('new') ?? [])].sort((left, right) => Number(left.likely) - Number(right.likely))).toEqual([
        { peerIss: a, likely: false },
        { peerIss: b, likely: true },
      ]);
      expect(holdersOf('same')).toEqual([{ peerIss: a, likely: false }]);
      expect(holdersOf('beside')).toEqual([{ peerIss: b, likely: false }]);
    });

    test('takes a page that names one content for a package twice', async () => {
      const peers = await open();
      await peers.commitPage(page({ contents: [content('x', 'same', false), content('x', 'same')] }));
      expect([...(await peers.holdersOf([idOf('same')])).values()]).toEqual([[{ peerIss: a, likely: true }]]);
    });

    test('tells the holders of a content under one manifest from those under another', async () => {
      const peers = await open();
      await peers.commitPage(page({ contents: [{ ...content('x', 'same'), ...idOf('same', 'false manifest') }] }));
      await peers.commitPage(page({ peerIss: b, contents: [content('y', 'same')] }));
      const known = await peers.holdersOf([idOf('same'), idOf('same', 'false manifest')]);
      expect(known.get(contentKey(idOf('same')))?.map(({ peerIss }) => peerIss)).toEqual([b]);
      expect(known.get(contentKey(idOf('same', 'false manifest')))?.map(({ peerIss }) => peerIss)).toEqual([a]);
    });

    test('keeps what is held back of each package as of the latest record, and since when', async () => {
      const peers = await open();
      const [x, y, z] = ['x', 'y', 'z'].map((filename) => recordOf({ filename, by: b })) as [Rec, Rec, Rec];
      const lies = heldIn(recordOf({ filename: 'x', by: b, stamp: 2n }), { code: 'CATALOG_CHANGE_INVALID', isFinal: true });
      const held = [heldIn(x), lies, heldIn(y), heldIn(z)];
      expect(await peers.commitPage(page({ packages: [x.uuid, y.uuid, z.uuid], held }))).toBe(false);
      const first = await peers.listHeld(a, 0n, 10);
      expect(first.map(({ id: _id, ...row }) => row)).toEqual(held.map((change) => ({ ...change, since: answeredAt })));
      expect(await peers.listHeld(a, first[0]?.id ?? 0n, 2)).toEqual(first.slice(1, 3));
      const later = new Date('2026-01-02T00:00:00Z');
      const changed = { ...heldIn(x), code: 'CATALOG_CHANGE_AHEAD', reason: 'it is of tomorrow' };
      await peers.commitPage(page({ answeredAt: later, packages: [x.uuid, y.uuid], held: [changed, changed] }));
      const second = await peers.listHeld(a, 0n, 10);
      expect(second.map(({ id: _id, ...row }) => row)).toEqual([
        { ...heldIn(z), since: answeredAt },
        { ...changed, since: answeredAt },
      ]);
      expect(await peers.listHeld(b, 0n, 10)).toEqual([]);
    });

    test('tells why changes are held back, the most frequent reason first', async () => {
      const peers = await open();
      const record = (filename: string) => recordOf({ filename, by: b });
      const lies = heldIn(record('u'), { code: 'CATALOG_RECORD_INVALID', signedBy: '', isFinal: true, reason: 'no such name' });
      await peers.commitPage(page({ packages: [], held: [lies, heldIn(record('v')), heldIn(record('w'))] }));
      await peers.commitPage(page({ peerIss: b, packages: [], held: [heldIn(record('v'))] }));
      const [first, second] = [
        { code: 'CATALOG_CHANGE_SIGNER_UNKNOWN', signedBy: b, isFinal: false, reason: 'nobody knows them' },
        { code: 'CATALOG_RECORD_INVALID', signedBy: '', isFinal: true, reason: 'no such name' },
      ];
      expect(await peers.heldGroups(a)).toEqual([
        { peerIss: a, ...first, count: 2 },
        { peerIss: a, ...second, count: 1 },
      ]);
      expect((await peers.heldGroups()).length).toBe(3);
    });

    test('offers again those first that wait longest, and keeps what became of them', async () => {
      const peers = await open();
      const records = ['u', 'v', 'w'].map((filename) => recordOf({ filename, by: b })) as [Rec, Rec, Rec];
      const final = heldIn(recordOf({ filename: 'x', by: b }), { isFinal: true });
      await peers.commitPage(page({ packages: [], held: [...records.map((record) => heldIn(record)), final] }));
      const group = { peerIss: a, code: 'CATALOG_CHANGE_SIGNER_UNKNOWN', signedBy: b };
      const [u, v, w] = (await peers.heldToOffer(group, 10)).map(({ id }) => id) as [bigint, bigint, bigint];
      const at = new Date('2026-01-02T00:00:00Z');
      await peers.noteOffered(u, [heldIn(records[0])], at);
      await peers.noteOffered(v, [], at);
      expect((await peers.heldToOffer(group, 10)).map(({ id }) => id)).toEqual([w, u]);
      const now = { ...heldIn(records[2]), code: 'CATALOG_CHANGE_INVALID', isFinal: true, record: undefined };
      await peers.noteOffered(w, [now], at);
      expect((await peers.heldToOffer(group, 10)).map(({ record }) => record)).toEqual([records[0]]);
      expect((await peers.listHeld(a, 0n, 10)).map(({ packageUuid, since }) => [packageUuid, since])).toEqual(
        [records[0], records[2], recordOf({ filename: 'x', by: b })].map(({ uuid }) => [uuid, answeredAt]),
      );
    });

    test('keeps nothing of an offer whose change was replaced meanwhile', async () => {
      const peers = await open();
      const record = recordOf({ filename: 'x', by: b });
      await peers.commitPage(page({ packages: [], held: [heldIn(record)] }));
      const [before] = await peers.listHeld(a, 0n, 1);
      await peers.commitPage(page({ packages: [record.uuid] }));
      await peers.noteOffered(before?.id ?? 0n, [heldIn(record)], answeredAt);
      expect(await peers.listHeld(a, 0n, 1)).toEqual([]);
    });

    test('drops the oldest of more than 1,000, and begins again when there is room', async () => {
      const peers = await open();
      const many = (count: number, name: string, isFinal = false) =>
        Array.from({ length: count }, (_, index) => heldIn(recordOf({ filename: `${name}${index}`, by: b }), { isFinal }));
      const [first] = many(1, 'first');
      if (first === undefined) throw new Error('none');
      await peers.commitPage(page({ packages: [], held: [first] }));
      expect(await peers.commitPage(page({ packages: [], held: many(mostHeld - 1, 'final', true) }))).toBe(false);
      expect(await peers.commitPage(page({ packages: [], held: many(600, 'u') }))).toBe(false);
      expect((await peers.listHeld(a, 0n, 1))[0]?.filename).toBe('first0');
      expect(await peers.commitPage(page({ packages: [], held: many(400, 'v') }))).toBe(true);
      const rows = await peers.listHeld(a, 0n, 2_000);
      expect([rows.length, rows[0]?.filename, rows.some(({ isFinal }) => isFinal)]).toEqual([mostHeld, 'u0', false]);
      expect((await peers.load(a)).droppedHeld).toBe(true);
      expect(await peers.beginAgain(a)).toBe(false);
      for (const { id } of rows.slice(0, 500)) await peers.noteOffered(id, [], answeredAt);
      expect(await peers.beginAgain(a)).toBe(true);
      expect(await peers.load(a)).toMatchObject({ cursor: '', droppedHeld: false });
      expect(await peers.beginAgain(a)).toBe(false);
    });

    test('takes what a peer wrote, whatever it is', async () => {
      const peers = await open();
      const odd = { filename: 'a\u0000b\ud800"\\', by: b };
      const held = heldIn(recordOf(odd), { filename: '"quoted" \\ ü', stages: [] });
      await peers.commitPage(page({ packages: [], held: [held] }));
      expect((await peers.listHeld(a, 0n, 1))[0]).toMatchObject({ filename: held.filename, stages: [] });
    });

    test('drops all of a peer that is forgotten, and nothing of another', async () => {
      const peers = await open();
      const held = [heldIn(recordOf({ filename: 'x', by: b }))];
      for (const peerIss of [a, b]) await peers.commitPage(page({ peerIss, contents: [content('x', 'x')], held }));
      await peers.forget(a);
      expect(await peers.load(a)).toEqual(nothing);
      expect(await peers.listHeld(a, 0n, 10)).toEqual([]);
      expect(await peers.knownPeers()).toEqual([b]);
      expect([...(await peers.holdersOf([idOf('x')])).values()]).toEqual([[{ peerIss: b, likely: true }]]);
      expect((await peers.listHeld(b, 0n, 10)).length).toBe(1);
    });
  });
}
