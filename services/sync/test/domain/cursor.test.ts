import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Epoch, epochsFrom, type Feed, formatCursor, parseCursor, placeAfter } from '../../src/domain/cursor.ts';

const feedId = '0123456789abcdef0123456789abcdef';
const epoch = (name: string, first: bigint): Epoch => ({ id: name.repeat(16), first });
const feedOf = (position: bigint, ...epochs: readonly Epoch[]): Feed => ({ feedId, position, epochs });
const [a, b, c] = [epoch('a', 1n), epoch('b', 5n), epoch('c', 8n)];

test('a cursor survives being written and read, with its latest epochs', () => {
  const anEpoch = fc.record({
    id: fc.stringMatching(/^[0-9a-f]{16}$/),
    first: fc.bigInt({ min: 0n, max: 10n ** 17n }),
  });
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 17n }), fc.array(anEpoch, { maxLength: 30 }), (position, epochs) => {
      expect(parseCursor(formatCursor({ feedId, position, epochs }))).toEqual({ feedId, position, epochs: epochs.slice(-16) });
    }),
  );
});

describe('a reader goes on', () => {
  test('behind the cursor, also after restarts', () => {
    const given = formatCursor(feedOf(7n, a, b));
    expect(placeAfter(given, feedOf(7n, a, b))).toEqual({ position: 7n, restored: false });
    expect(placeAfter(given, feedOf(9n, a, b, c))).toEqual({ position: 7n, restored: false });
  });

  test('where the backup ends, when the server was restored and ended the epoch earlier', () => {
    // Up to 12 was read in b; the backup is from 7, and the restored server began c behind that.
    const given = formatCursor(feedOf(12n, a, b));
    expect(placeAfter(given, feedOf(20n, a, b, c))).toEqual({ position: 7n, restored: true });
    expect(placeAfter(given, feedOf(7n, a, b, c))).toEqual({ position: 7n, restored: true });
  });

  test('where both still agree, when the restored server never knew the last epochs', () => {
    const [lost, after] = [epoch('d', 10n), epoch('e', 6n)];
    const given = formatCursor(feedOf(12n, a, b, lost));
    expect(placeAfter(given, feedOf(30n, a, b, after))).toEqual({ position: 5n, restored: true });
    // The backup is younger than what the cursor has of the epoch that both know.
    expect(placeAfter(given, feedOf(30n, a, b, epoch('e', 11n)))).toEqual({ position: 9n, restored: true });
  });

  test('from the start, when nothing is known of the epochs', () => {
    expect(placeAfter(formatCursor(feedOf(12n, epoch('d', 1n))), feedOf(20n, a, b))).toEqual({ position: 0n, restored: true });
  });

  test.each([
    ['an empty cursor', ''],
    ['a cursor of another feed', `${'f'.repeat(32)}.5`],
    ['a cursor with a sign', `${feedId}.-1`],
    ['a cursor with more after it', `${feedId}.5 `],
    ['a cursor with half an epoch', `${feedId}.5.aaaa@1`],
    ['any other text', "'; drop table feed"],
  ])('from the start with %s', (_name, text) => {
    expect(placeAfter(text, feedOf(7n, a, b))).toEqual({ position: 0n, restored: false });
  });

  test('nowhere outside the feed, whatever the text', () => {
    const text = fc.oneof(
      fc.string(),
      fc
        .tuple(fc.nat(30), fc.subarray([a, b, c, epoch('d', 9n)]))
        .map(([position, epochs]) => formatCursor(feedOf(BigInt(position), ...epochs))),
    );
    fc.assert(
      fc.property(text, (given) => {
        const { position } = placeAfter(given, feedOf(7n, a, b));
        expect(position >= 0n && position <= 7n).toBe(true);
      }),
    );
  });
});

/** A server whose history is a list of entries, each named after the life in which it was made: restarts and restores change it. */
type Step = { readonly act: 'write' | 'restart' | 'back-up' | 'restore' | 'read' };

test('a reader misses nothing of what the server has now, whatever restarts, backups, restores and readings came before', () => {
  const step = fc.record({
    act: fc.constantFrom<Step['act']>('write', 'write', 'write', 'restart', 'back-up', 'restore', 'read'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let starts = 0;
      let written = 0;
      const start = (feed: Feed): Feed => {
        starts += 1;
        return { ...feed, epochs: epochsFrom(feed, starts.toString(16).padStart(16, '0')) };
      };
      let feed = start(feedOf(0n));
      let entries: readonly number[] = [];
      let backup = { feed, entries };
      let cursor = '';
      let everRestored = false;
      const seen = new Set<number>();
      const read = () => {
        const { position, restored } = placeAfter(cursor, feed);
        if (!everRestored) expect(restored).toBe(false);
        for (const entry of entries.slice(Number(position))) seen.add(entry);
        cursor = formatCursor(feed);
      };
      for (const { act } of [...steps, { act: 'read' } as const]) {
        if (act === 'write') {
          written += 1;
          entries = [...entries, written];
          feed = { ...feed, position: feed.position + 1n };
        } else if (act === 'restart') feed = start(feed);
        else if (act === 'back-up') backup = { feed, entries };
        else if (act === 'restore') {
          everRestored = true;
          entries = backup.entries;
          feed = start(backup.feed);
        } else read();
      }
      expect(entries.filter((entry) => !seen.has(entry))).toEqual([]);
    }),
    { numRuns: 500 },
  );
});
