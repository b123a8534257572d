import type { HeldChange, OfferRecordResponse, PackageChange, PackageRecord } from '@odst/contracts/catalog';
import { changesOfRecord, recordOfChanges } from '@odst/contracts/catalog';
import type { Stage } from '@odst/kernel';
import { describe, expect, test } from 'vitest';
import { canonicalBytes } from '../../src/domain/change.ts';
import { issOf, shaOf } from '../support/records.ts';
import { createTestServer, signatureOf } from '../support/test-server.ts';

const [issA, issB, issC, issM] = [issOf('a'), issOf('b'), issOf('c'), issOf('f')];
const hourStamps = 3_600_000n * 65_536n;

type Server = ReturnType<typeof createTestServer>;

const changesOf = async (server: Server): Promise<readonly PackageChange[]> => {
  const record = await server.record();
  return record === undefined ? [] : changesOfRecord(record);
};

const merged = (...records: readonly (PackageRecord | undefined)[]) =>
  recordOfChanges(records.flatMap((record) => (record === undefined ? [] : changesOfRecord(record))));

const why = ({ held }: OfferRecordResponse) => held.map(({ code, signedBy, isFinal }) => ({ code, signedBy, isFinal }));

/** The change as `iss` says it: signed by that server. */
const resigned = (change: PackageChange, more: Partial<PackageChange>, iss = change.iss): PackageChange => {
  const said = { ...change, ...more, iss };
  return { ...said, signature: signatureOf(iss, canonicalBytes(said)) };
};

/** A replaced in Prod what B had uploaded there, having seen it: A's change ends B's. Both as they told them. */
async function covering() {
  const [a, b] = [createTestServer(issA), createTestServer(issB)];
  await b.upload(1, '1', 'Prod');
  const uploaded = await b.record();
  await a.offer(uploaded, issB);
  a.clock.advance(1_000);
  await a.upload(1, '2', 'Prod', { replace: true });
  return { a, b, uploaded, replaced: await a.record() };
}

describe('a change that is not taken in', () => {
  test('is held alone, for its reason; the honest one that it covers stands', async () => {
    const { uploaded, replaced } = await covering();
    const forged = recordOfChanges(
      changesOfRecord(replaced as PackageRecord).map((change) => ({ ...change, reason: 'not what was signed' })),
    );
    const c = createTestServer(issC);
    const answer = await c.offer(merged(uploaded, forged), issB);
    expect(answer).toMatchObject({ outcome: 'applied', package: { content: { sha256: shaOf('1') } } });
    expect(why(answer)).toEqual([{ code: 'CATALOG_CHANGE_INVALID', signedBy: issA, isFinal: true }]);
    expect(await c.record()).toEqual(uploaded);
  });

  test('of a signer that is not known yet is taken in later, with the same record as if it had never been held', async () => {
    const { uploaded, replaced } = await covering();
    const known = new Set([issB, issC]);
    const [late, prompt] = [createTestServer(issC, { knows: (iss) => known.has(iss) }), createTestServer(issC)];
    const answer = await late.offer(merged(uploaded, replaced), issB);
    expect(why(answer)).toEqual([{ code: 'CATALOG_CHANGE_SIGNER_UNKNOWN', signedBy: issA, isFinal: false }]);
    expect(answer).toMatchObject({ outcome: 'applied', package: { content: { sha256: shaOf('1') } } });
    known.add(issA);
    const [held] = answer.held as [HeldChange];
    expect(await late.offer(held.record, issB)).toMatchObject({
      outcome: 'applied',
      held: [],
      package: { content: { sha256: shaOf('2') } },
    });
    await prompt.offer(merged(uploaded, replaced), issB);
    expect(await late.record()).toEqual(await prompt.record());
    expect(await late.record()).toEqual(replaced);
  });

  test('of a package that is not here makes none', async () => {
    const { replaced } = await covering();
    const c = createTestServer(issC, { knows: (iss) => iss !== issA });
    const answer = await c.offer(replaced, issB);
    expect(answer).toMatchObject({ outcome: 'ignored', package: undefined });
    expect(why(answer)).toEqual([{ code: 'CATALOG_CHANGE_SIGNER_UNKNOWN', signedBy: issA, isFinal: false }]);
    expect(await c.types()).toEqual([]);
  });

  test('has seen a server that is not known: its vector is checked too', async () => {
    const { uploaded, replaced } = await covering();
    const known = new Set([issA, issC]);
    const c = createTestServer(issC, { knows: (iss) => known.has(iss) });
    expect(why(await c.offer(replaced, issA))).toEqual([
      { code: 'CATALOG_CHANGE_WRITER_UNKNOWN', signedBy: issA, isFinal: false },
    ]);
    known.add(issB);
    expect(why(await c.offer(replaced, issA))).toEqual([]);
    await c.offer(uploaded, issB);
    expect(await c.record()).toEqual(replaced);
  });

  test('claims to have seen what this server never did; the next change of this server is accepted everywhere', async () => {
    const [a, m] = [createTestServer(issA), createTestServer(issM)];
    await a.upload(1, '1', 'Prod');
    await m.offer(await a.record(), issA);
    await m.upload(1, '2', 'Prod', { replace: true });
    const [honest] = await changesOf(m);
    if (honest === undefined) throw new TypeError('no change');
    const forged = resigned(honest, {
      stamp: honest.stamp + hourStamps,
      sets: honest.sets.map((set) => ({
        ...set,
        seen: set.seen.map((entry) => ({ ...entry, stamp: entry.stamp + hourStamps / 2n })),
      })),
    });
    const answer = await a.offer(recordOfChanges([forged]), issM);
    expect(why(answer)).toEqual([{ code: 'CATALOG_CHANGE_WRITER_UNKNOWN', signedBy: issM, isFinal: false }]);
    expect(await a.serves()).toBe(shaOf('1'));
    await a.upload(2, '3', 'Prod', { replace: true });
    const b = createTestServer(issB);
    expect(why(await b.offer(await a.record(), issA))).toEqual([]);
    expect((await b.state()).heads[2]?.content?.sha256).toBe(shaOf('3'));
  });

  test('claims to have seen, of a server, what that by its word has not made: held back by third servers, for a day at most', async () => {
    const [a, b, m] = [createTestServer(issA), createTestServer(issB), createTestServer(issM)];
    await a.upload(1, '1', 'Prod');
    const before = await a.record();
    await b.offer(before, issA);
    await m.offer(before, issA);
    await m.upload(1, '2', 'Prod', { replace: true });
    const [honest] = await changesOf(m);
    const [first] = changesOfRecord(before as PackageRecord);
    if (honest === undefined || first === undefined) throw new TypeError('no change');
    const claimed = first.stamp + hourStamps;
    const sets = honest.sets.map((set) => ({ ...set, seen: set.seen.map((entry) => ({ ...entry, stamp: claimed })) }));
    const forged = recordOfChanges([resigned(honest, { stamp: claimed + 1n, sets })]);
    const said = { iss: issA, epoch: first.epoch, lastStamp: first.stamp, floor: 0n };
    expect(why(await b.offer(forged, issM, [said]))).toEqual([
      { code: 'CATALOG_CHANGE_UNWRITTEN', signedBy: issM, isFinal: false },
    ]);
    expect(await b.record()).toEqual(before);
    a.clock.advance(1_000);
    await a.upload(2, '3', 'Prod', { replace: true });
    const [next] = await changesOf(a);
    if (next === undefined) throw new TypeError('no change');
    expect(why(await b.offer(await a.record(), issA, [{ ...said, lastStamp: next.stamp }]))).toEqual([]);
    expect(await b.record()).toEqual(await a.record());
    b.clock.advance(26 * 3_600_000);
    expect(why(await b.offer(forged, issM, [{ ...said, lastStamp: next.stamp }]))).toEqual([]);
  });

  test('of a blocked signer ends nothing; what came before the block stays', async () => {
    const { uploaded, replaced } = await covering();
    let blocked: string | undefined = issA;
    const c = createTestServer(issC, { blocks: (iss) => iss === blocked });
    const answer = await c.offer(merged(uploaded, replaced), issB);
    expect(why(answer)).toEqual([{ code: 'CATALOG_CHANGE_SIGNER_BLOCKED', signedBy: issA, isFinal: false }]);
    expect(await c.record()).toEqual(uploaded);
    blocked = undefined;
    await c.offer(replaced, issB);
    blocked = issA;
    expect(why(await c.offer(replaced, issB))).toEqual([]);
    expect(await c.record()).toEqual(replaced);
  });

  test('is dated more than a day ahead, and moves nobody’s clock', async () => {
    const [a, b] = [createTestServer(issA), createTestServer(issB)];
    a.clock.advance(25 * 3_600_000);
    await a.upload(1, '1', 'Prod');
    const ahead = await a.record();
    const answer = await b.offer(ahead, issA);
    expect(answer.outcome).toBe('ignored');
    expect(why(answer)).toEqual([{ code: 'CATALOG_CHANGE_AHEAD', signedBy: issA, isFinal: false }]);
    await b.upload(1, '2', 'Prod');
    const [own] = await changesOf(b);
    expect(own?.stamp).toBe(BigInt(b.clock.now().getTime()) * 65_536n);
    b.clock.advance(2 * 3_600_000);
    expect(why(await b.offer(ahead, issA))).toEqual([]);
    expect((await b.state()).heads[2]).toMatchObject({ isConflicted: true });
  });

  test.each<[string, (change: PackageChange) => Partial<PackageChange>]>([
    ['a stamp of 2^62', () => ({ stamp: 2n ** 62n })],
    ['a stamp out of range', () => ({ stamp: 2n ** 63n })],
    [
      'a vector of 1,000 names',
      ({ sets }) => ({
        sets: sets.map((set) => ({
          ...set,
          seen: Array.from({ length: 1_000 }, (_, index) => ({
            writer: `${index.toString(16).padStart(32, '0')}.${'0'.repeat(16)}`,
            stamp: 1n,
          })),
        })),
      }),
    ],
    ['an act that there is not', () => ({ act: 'steal' })],
    ['heads out of order', ({ sets }) => ({ sets: [...sets, ...sets] })],
    ['a content without a date', () => ({ datedAt: undefined })],
    [
      'a content without a manifest',
      ({ sets }) => ({
        sets: sets.map((set) => ({
          ...set,
          content: { ...(set.content as NonNullable<typeof set.content>), manifestDigest: '' },
        })),
      }),
    ],
  ])('has %s; the change beside it is taken in', async (_what, spoil) => {
    const [b, m, c] = [createTestServer(issB), createTestServer(issM), createTestServer(issC)];
    await b.upload(1, '1', 'Prod');
    await m.upload(1, '2', 'Prod');
    const spoilt = (await changesOf(m)).map((change) => resigned(change, spoil(change)));
    const answer = await c.offer(merged(recordOfChanges(spoilt), await b.record()), issM);
    expect(answer).toMatchObject({ outcome: 'applied', held: [{ signedBy: issM }] });
    expect(await c.record()).toEqual(await b.record());
  });

  test('has a vector that cannot be read; what it replaces stands, and the change beside it is taken in', async () => {
    const { uploaded, replaced } = await covering();
    const c = createTestServer(issC);
    const {
      bodies: [other],
      changes: [honest],
    } = uploaded as PackageRecord;
    const {
      bodies: [spoilt],
      changes: [signed],
    } = replaced as PackageRecord;
    if (other === undefined || spoilt === undefined || honest === undefined || signed === undefined)
      throw new TypeError('no change');
    const writers = spoilt.writers.subarray(1);
    const record = {
      ...(uploaded as PackageRecord),
      bodies: [other, { ...spoilt, writers }],
      changes: [honest, { ...signed, body: 1 }],
    };
    const answer = await c.offer(record, issB);
    expect(why(answer)).toEqual([{ code: 'CATALOG_CHANGE_INVALID', signedBy: issA, isFinal: true }]);
    expect(await c.record()).toEqual(uploaded);
    expect((await c.offer(answer.held[0]?.record, issB)).held).toHaveLength(1);
  });

  test('is one of more than eight beside each other by one signer: the latest eight count', async () => {
    const c = createTestServer(issC);
    const all = await lives(20);
    const answer = await c.offer(recordOfChanges(all), issM);
    expect(why(answer)).toEqual(
      all.slice(0, 12).map(() => ({ code: 'CATALOG_CHANGE_TOO_MANY', signedBy: issM, isFinal: false })),
    );
    expect((await c.state()).changes).toEqual(all.slice(12));
    expect((await c.types()).filter((type) => type === 'PackageAnnounced')).toHaveLength(8);
  });
});

describe('the cap on stages', () => {
  const capped = (toldBy: Readonly<Record<string, Stage>>) =>
    createTestServer(issC, { capOf: (iss, by) => (iss === issA ? (toldBy[by] ?? 'Prod') : 'Prod') });

  test('is that of the peer that tells: the same change comes over another one', async () => {
    const { uploaded, replaced } = await covering();
    const c = capped({ [issB]: 'Test' });
    const answer = await c.offer(merged(uploaded, replaced), issB);
    expect(why(answer)).toEqual([{ code: 'CATALOG_CHANGE_ABOVE_CAP', signedBy: issA, isFinal: false }]);
    expect(answer.held[0]?.reason).toContain('up to Test');
    expect(await c.record()).toEqual(uploaded);
    expect(why(await c.offer(replaced, issA))).toEqual([]);
    expect(await c.record()).toEqual(replaced);
  });

  test('lets through what concerns lower stages, and holds a deletion of all', async () => {
    const [a, c] = [createTestServer(issA), capped({ [issB]: 'Test' })];
    await a.upload(1, '1', 'Test');
    expect(await c.offer(await a.record(), issB)).toMatchObject({ outcome: 'applied', held: [] });
    await a.act({ act: 'delete' });
    expect(why(await c.offer(await a.record(), issB))).toEqual([
      { code: 'CATALOG_CHANGE_ABOVE_CAP', signedBy: issA, isFinal: false },
    ]);
    expect((await c.state()).heads[1]?.content?.sha256).toBe(shaOf('1'));
  });
});

/** Changes that one server made in so many lives without knowing of the ones before. */
async function lives(count: number): Promise<readonly PackageChange[]> {
  const m = createTestServer(issM);
  await m.upload(1, '1', 'Prod');
  const changes = await changesOf(m);
  return Array.from({ length: count }, (_, index) =>
    changes.map((change) =>
      resigned(change, { epoch: index.toString(16).padStart(16, '0'), stamp: change.stamp + BigInt(index) }),
    ),
  ).flat();
}
