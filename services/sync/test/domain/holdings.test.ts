import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  entryDigest,
  faultOf,
  heardAtOf,
  heldAmong,
  heldSince,
  isHeard,
  mostEntries,
  newestOf,
  packHoldings,
  type Statement,
  shardOf,
  subjectOfStatement,
  unpackHoldings,
} from '../../src/domain/holdings.ts';
import { hash } from '../support/records.ts';

const iss = hash('md5', 'a server');
const nowMs = Date.parse('2026-01-01T00:00:00Z');
const sha256In = (shard: number) =>
  fc.stringMatching(/^[0-9a-f]{62}$/).map((rest) => `${shard.toString(16).padStart(2, '0')}${rest}`);
const holdingsIn = (shard: number) =>
  fc.uniqueArray(fc.record({ sha256: sha256In(shard), sinceMs: fc.nat({ max: 2 ** 41 }) }), { selector: ({ sha256 }) => sha256 });

function stated(shard: number, stamp: bigint, holds: readonly string[] = []): Statement {
  const entries = packHoldings(holds.map((sha256) => ({ sha256, sinceMs: 1 })));
  return { kind: 'holdings', statement: { iss, shard, stamp, entries, signature: new Uint8Array(64) } };
}

function beat(stamp: bigint, ageMs = 0n): Statement & { readonly kind: 'heartbeat' } {
  return { kind: 'heartbeat', statement: { iss, stamp, ageMs, signature: new Uint8Array(64) } };
}

describe('packed holdings', () => {
  test('say what they were made of, whatever its order, and nothing else', () => {
    fc.assert(
      fc.property(fc.nat({ max: 255 }), fc.context(), (shard, _context) => {
        fc.assert(
          fc.property(holdingsIn(shard), sha256In(shard), (holdings, other) => {
            const entries = packHoldings(holdings);
            const sorted = holdings.toSorted((one, two) => (one.sha256 < two.sha256 ? -1 : 1));
            expect(unpackHoldings({ shard, entries })).toEqual(sorted);
            expect(Buffer.from(packHoldings(holdings.toReversed()))).toEqual(Buffer.from(entries));
            for (const { sha256, sinceMs } of holdings) expect(heldSince({ shard, entries }, sha256)).toBe(sinceMs);
            const isThere = holdings.some(({ sha256 }) => sha256 === other);
            expect(heldSince({ shard, entries }, other) !== undefined).toBe(isThere);
            const asked = [...holdings.filter((_, index) => index % 3 !== 1).map(({ sha256 }) => sha256), other, other].sort();
            const among = heldAmong({ entries }, asked.map(entryDigest));
            expect([...among]).toEqual(asked.map((sha256) => Number(heldSince({ shard, entries }, sha256) !== undefined)));
          }),
          { numRuns: 10 },
        );
      }),
      { numRuns: 20 },
    );
  });

  test('are of one shard', () => {
    const held = hash('sha256', 'x');
    const statement = { shard: shardOf(held), entries: packHoldings([{ sha256: held, sinceMs: 7 }]) };
    expect(heldSince(statement, held)).toBe(7);
    const elsewhere = `${held.startsWith('00') ? '01' : '00'}${held.slice(2)}`;
    expect(heldSince(statement, elsewhere)).toBeUndefined();
  });

  test('are no more than may be stated', () => {
    const many = Array.from({ length: mostEntries + 5 }, (_, index) => ({
      sha256: `00${hash('sha256', `${index}`).slice(2)}`,
      sinceMs: 1,
    }));
    const statement = { ...stated(0, 1n).statement, entries: packHoldings(many) };
    expect(unpackHoldings(statement as { shard: number; entries: Uint8Array })).toHaveLength(mostEntries);
    expect(faultOf({ kind: 'holdings', statement } as Statement, nowMs)).toBeUndefined();
  });
});

describe('what is known of statements', () => {
  const contents = Array.from({ length: 3 }, (_, index) => `00${hash('sha256', `${index}`).slice(2)}`);
  const statement = fc.oneof(
    fc
      .record({ shard: fc.constantFrom(0, 1), stamp: fc.bigInt(1n, 4n), holds: fc.subarray(contents) })
      .map(({ shard, stamp, holds }) => stated(shard, stamp, holds)),
    fc.bigInt(1n, 4n).map((stamp) => beat(stamp)),
  );
  const learn = (pages: readonly (readonly Statement[])[]) => {
    const known = new Map<string, Statement>();
    for (const page of pages) for (const one of newestOf(page, known)) known.set(subjectOfStatement(one), one);
    return known;
  };

  test('depends neither on the order in which they were told, nor on how often, nor on pages', () => {
    fc.assert(
      fc.property(fc.array(statement), fc.array(fc.nat()), fc.nat({ max: 4 }), (told, again, size) => {
        const repeated = [...told, ...again.flatMap((index) => told[index % Math.max(1, told.length)] ?? [])].toReversed();
        const pages = Array.from({ length: Math.ceil(repeated.length / (size + 1)) }, (_, page) =>
          repeated.slice(page * (size + 1), (page + 1) * (size + 1)),
        );
        expect(learn(pages)).toEqual(learn([told]));
      }),
    );
  });

  test('is never replaced by what is older', () => {
    fc.assert(
      fc.property(fc.array(statement), statement, (told, late) => {
        const before = learn([told]);
        const after = learn([told, [late]]);
        for (const [subject, known] of before)
          expect(after.get(subject)?.statement.stamp).toBeGreaterThanOrEqual(known.statement.stamp);
      }),
    );
  });
});

describe('a statement that can be none', () => {
  const proper = stated(0, BigInt(nowMs), [`00${'a'.repeat(62)}`, `00${'b'.repeat(62)}`]);
  const faultWith = (more: object) => faultOf({ ...proper, statement: { ...proper.statement, ...more } } as Statement, nowMs);

  test('is told by its fault', () => {
    expect(faultOf(proper, nowMs)).toBeUndefined();
    expect(faultWith({ iss: 'somebody' })).toBe('it names no server');
    expect(faultWith({ signature: new Uint8Array(63) })).toBe('its signature is not 64 bytes');
    expect(faultWith({ shard: 256 })).toBe('there is no shard 256');
    expect(faultWith({ entries: new Uint8Array(36) })).toBe('its entries are cut off');
    expect(faultWith({ entries: new Uint8Array((mostEntries + 1) * 37) })).toBe('it has more than 1024 entries');
    expect(faultWith({ entries: new Uint8Array(74) })).toBe('its entries are not in their order');
    for (const stamp of [0n, -1n, BigInt(nowMs) + 86_400_001n]) {
      expect(faultWith({ stamp })).toBe('its stamp is none that a clock of today gives');
    }
    expect(faultOf(beat(1n, -1n), nowMs)).toBe('it was heard of in the future');
    // A date that there is not would fail in the database, and with it the page, again and again.
    expect(faultOf(beat(BigInt(nowMs), 2n ** 63n - 1n), nowMs)).toBe('it was heard of before 1970');
  });
});

describe('a server', () => {
  const heardFrom = (signedMs: number, ageMs: number) => heardAtOf(beat(BigInt(signedMs), BigInt(ageMs)).statement, nowMs);

  test('was heard of as long ago as the one that tells it says, with clocks up to ten minutes apart', () => {
    for (const offMs of [-600_000, 0, 600_000]) expect(heardFrom(nowMs - 40_000 + offMs, 40_000)).toBe(nowMs - 40_000);
  });

  test('was not heard of lately where it signed long ago, whatever is told', () => {
    expect(heardFrom(nowMs - 3_600_000, 0)).toBe(nowMs - 3_600_000);
  });

  test('is unknown after two minutes of silence, and where it was never heard of', () => {
    expect(isHeard(new Date(nowMs - 119_999), nowMs)).toBe(true);
    expect(isHeard(new Date(nowMs - 120_000), nowMs)).toBe(false);
    expect(isHeard(undefined, nowMs)).toBe(false);
  });

  test('is not known for longer because the clock was set back after it was heard of', () => {
    expect(isHeard(new Date(nowMs + 60_000), nowMs)).toBe(true);
    expect(isHeard(new Date(nowMs + 3_600_000), nowMs)).toBe(false);
  });
});
