import type { PackageChange, VersionEntry } from '@odst/contracts/catalog';
import { stages } from '@odst/kernel';
import fc from 'fast-check';
import { canonicalText } from '../../src/domain/change.ts';
import { contentOf, epochOf, issOf, signed, writerOfTest } from './records.ts';

const twelveHours = 12n * 3_600_000n * 65_536n;

/** Changes that claim to have seen all of a record, and that no server may take in. */
export function forgeries(record: readonly PackageChange[]): readonly PackageChange[] {
  const [first] = record;
  if (first === undefined) return [];
  const last =
    record
      .map(({ stamp }) => stamp)
      .toSorted((one, other) => (one < other ? -1 : 1))
      .at(-1) ?? 0n;
  const names = [...new Map(record.flatMap(writersOf).map((writer) => [writer, { writer, stamp: last + 1_000n }])).values()];
  const seen = names.toSorted((one, other) => (one.writer < other.writer ? -1 : 1));
  const sets = stages.map((stage) => ({ stage, content: undefined, byTheWay: false, seen }));
  const deletion = { ...first, act: 'delete', from: '', sets, stamp: last + 2_000n };
  const claimed = last + twelveHours;
  const later = stages.map((stage) => ({
    ...{ stage, content: undefined, byTheWay: false },
    seen: seen.map(({ writer }) => ({ writer, stamp: claimed })),
  }));
  // Signed as it should be, by a server that all know, which claims to have seen what another one has not written.
  const liar = { iss: issOf(first.iss === issOf('a') ? 'b' : 'a'), epoch: epochOf('f'), signature: new Uint8Array(64).fill(7) };
  return [
    { ...deletion, ...liar, sets: later, stamp: claimed + 1n },
    { ...deletion, iss: issOf('f'), epoch: epochOf('f'), signature: new Uint8Array(64).fill(7) },
    { ...deletion, signature: new Uint8Array(64).fill(9) },
    { ...deletion, stamp: last, signature: new Uint8Array(64).fill(7) },
  ];
}

function writersOf({ iss, epoch, sets }: PackageChange): readonly string[] {
  return [`${iss}.${epoch}`, ...sets.flatMap(({ seen }) => seen.map(({ writer }) => writer))];
}

const stage = fc.constantFrom(...stages);

const vector = fc
  .uniqueArray(
    fc.record({
      writer: fc.constantFrom(...['a', 'b'].flatMap((iss) => ['c', 'd'].map((epoch) => writerOfTest(iss, epoch)))),
      stamp: fc.bigInt({ min: 1n, max: 4n }),
    }),
    { selector: ({ writer }) => writer, maxLength: 4 },
  )
  .map((list): readonly VersionEntry[] => list.toSorted((one, other) => (one.writer < other.writer ? -1 : 1)));

/** Changes that any forger may make: few writers and stamps, vectors at random. */
export const anyChange: fc.Arbitrary<PackageChange> = fc
  .record({
    iss: fc.constantFrom('a', 'b'),
    epoch: fc.constantFrom('c', 'd'),
    stamp: fc.bigInt({ min: 1n, max: 4n }),
    sets: fc.uniqueArray(
      fc.record({
        stage,
        content: fc.constantFrom(undefined, contentOf('1'), contentOf('2'), contentOf('3')),
        byTheWay: fc.boolean(),
        seen: vector,
      }),
      { selector: (set) => set.stage, minLength: 1, maxLength: 3 },
    ),
    reason: fc.constantFrom('', 'x'),
  })
  .map(({ iss, epoch, stamp, sets, reason }) =>
    signed({
      uuid: '0'.repeat(32),
      filename: 'NoMAD.pkg',
      act: 'upload',
      from: '',
      sets: sets.toSorted((one, other) => stages.indexOf(one.stage) - stages.indexOf(other.stage)),
      iss: issOf(iss),
      epoch: epochOf(epoch),
      stamp,
      actor: 'account:admin',
      reason,
      datedAt: new Date(0),
    }),
  );

/** What a record says, whatever the order in which it lists its changes. */
export const textOf = (changes: readonly PackageChange[]) => changes.map(canonicalText).toSorted().join('\n');
