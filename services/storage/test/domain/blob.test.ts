import { Bitmap } from '@odst/kernel';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BlobCommand, type BlobEvent, type BlobState, blobDecider } from '../../src/domain/blob.ts';
import { scenario } from './given.ts';

const blob = 'a'.repeat(64);
const mebibyte = 1_048_576;
const sizeBytes = 70 * mebibyte;
const manifestDigest = 'c'.repeat(64);
const sha1 = 'b'.repeat(40);

const startFetch: BlobCommand = { type: 'StartFetch', blob, sizeBytes, manifestDigest, source: 'peer-a' };
const verifyBlob: BlobCommand = { type: 'VerifyBlob', blob, sha1, sizeBytes, manifestDigest, source: 'peer-a' };
const verifyChunks = (...chunks: readonly number[]): BlobCommand => ({ type: 'VerifyChunks', blob, chunks, source: 'peer-a' });
const started = (source = 'peer-a'): BlobEvent => ({
  type: 'BlobFetchStarted',
  data: { blob, sizeBytes: BigInt(sizeBytes), manifestDigest, totalCount: 70, source },
});
const chunks = (first: number, bytes: readonly number[], count: number, verifiedCount: number, source = 'peer-a'): BlobEvent => ({
  type: 'ChunkVerified',
  data: {
    blob,
    first,
    count,
    bitmap: Uint8Array.from([...bytes, ...new Array(8 - bytes.length).fill(0)]),
    verifiedCount,
    totalCount: 70,
    source,
  },
});
const verified: BlobEvent = {
  type: 'BlobVerified',
  data: { blob, sha1, sizeBytes: BigInt(sizeBytes), manifestDigest, source: 'peer-a' },
};
const uploaded = { ...verified, data: { ...verified.data, source: 'upload' } } as BlobEvent;
const claimed: BlobEvent = { type: 'BlobClaimed', data: { blob } };
const removed = (reason: string, bytes: number, unreferencedSince?: Date): BlobEvent => ({
  type: 'BlobRemoved',
  data: { blob, reason, sizeBytes: BigInt(bytes), unreferencedSince },
});
const full = new Array(8).fill(255);
const { given } = scenario(blobDecider);
const indices = (state: BlobState) =>
  state.status === 'absent'
    ? []
    : Array.from({ length: state.verified.length }, (_, index) => index).filter((index) => state.verified.has(index));

describe('a fetched blob', () => {
  test('starts', () => given().when(startFetch).then(started()));
  test('goes on from the same peer without a word, and names another one', () => {
    given(started()).when(startFetch).then();
    given(started())
      .when({ ...startFetch, source: 'peer-b' })
      .then(started('peer-b'));
  });
  test('names verified chunks by group and adds up', () => {
    given(started())
      .when(verifyChunks(65, 0, 3))
      .then(chunks(0, [0b1001], 2, 2), chunks(64, [0b10], 1, 3));
  });
  test('names no chunk twice', () => {
    given(started(), chunks(0, [0b1001], 2, 2))
      .when(verifyChunks(0, 1, 3))
      .then(chunks(0, [0b10], 1, 3));
    given(started(), chunks(0, [0b1001], 2, 2))
      .when(verifyChunks(0, 3))
      .then();
  });
  test('is verified when all chunks are', () => {
    given(started(), chunks(0, full, 64, 64), chunks(64, [0b111111], 6, 70))
      .when(verifyBlob)
      .then(verified);
  });
  test('is fetched once', () => given(started(), verified).when(startFetch).then());
  test('forgets what was checked against another manifest', () => {
    const other = { ...startFetch, manifestDigest: 'd'.repeat(64) };
    const restarted = { ...started(), data: { ...started().data, manifestDigest: 'd'.repeat(64) } } as BlobEvent;
    const { state } = given(started(), chunks(0, [1], 1, 1));
    const events = blobDecider.decide(other, state);
    expect(events).toEqual([removed('fetched anew under another manifest', mebibyte), restarted]);
    expect(indices(events.reduce(blobDecider.evolve, state))).toEqual([]);
  });
  test('takes no chunks when nobody fetches it', () => given().when(verifyChunks(0)).refusedAs('STORAGE_BLOB_UNKNOWN'));
});

describe('an uploaded blob', () => {
  test('names its chunks and is verified in one go', () => {
    given()
      .when(verifyBlob)
      .then(chunks(0, full, 64, 64), chunks(64, [0b111111], 6, 70), verified);
  });
  test('is verified once, however often its bytes come, and claimed by whoever brings them again', () => {
    given(uploaded).when(verifyBlob).then(claimed);
    given(uploaded, claimed).when(verifyBlob).then();
  });
  test('completes what a fetch began', () => {
    given(started(), chunks(0, full, 64, 64))
      .when(verifyBlob)
      .then(chunks(64, [0b111111], 6, 70), verified);
  });
  test('overrules a fetch under a false size', () => {
    const { state } = given(started(), chunks(0, [1], 1, 1));
    const small: BlobCommand = { ...verifyBlob, sizeBytes: 1, manifestDigest: 'd'.repeat(64) };
    const events = blobDecider.decide(small, state);
    expect(events.map(({ type }) => type)).toEqual(['BlobRemoved', 'ChunkVerified', 'BlobVerified']);
    expect(events.reduce(blobDecider.evolve, state)).toMatchObject({ status: 'verified', sizeBytes: 1 });
  });
});

describe('a blob that was uploaded without a manifest', () => {
  const unsealed: BlobEvent = { ...verified, data: { ...verified.data, manifestDigest: '', source: 'upload' } } as BlobEvent;
  const sealBlob: BlobCommand = { type: 'SealBlob', blob, manifestDigest };
  const sealed: BlobEvent = { type: 'BlobSealed', data: { blob, manifestDigest } };

  test('is sealed once', () => {
    given(unsealed).when(sealBlob).then(sealed);
    given(unsealed, sealed).when(sealBlob).then();
    expect(given(unsealed, sealed).state).toMatchObject({ status: 'verified', manifestDigest });
  });
  test('takes over what a fetch has verified', () => {
    const command: BlobCommand = { ...verifyBlob, manifestDigest: '', source: 'upload' };
    given(started(), chunks(0, full, 64, 64))
      .when(command)
      .then(chunks(64, [0b111111], 6, 70, 'upload'), unsealed);
  });
  test('is nothing to seal when it is absent, or sealed from the start', () => {
    given().when(sealBlob).then();
    given(verified)
      .when({ ...sealBlob, manifestDigest: 'd'.repeat(64) })
      .then();
  });
});

const minute = (count: number) => new Date(Date.UTC(2026, 0, 1, 0, count));
const unreferenced = (since: Date, bytes = sizeBytes): BlobEvent => ({
  type: 'BlobUnreferenced',
  data: { blob, sizeBytes: BigInt(bytes), since },
});

describe('a blob that nothing names', () => {
  const note = (at: Date): BlobCommand => ({ type: 'NoteUnreferenced', blob, at });
  const remove = (until: Date): BlobCommand => ({ type: 'RemoveUnreferenced', blob, until });
  const claim: BlobCommand = { type: 'ClaimBlob', blob };
  const noted = unreferenced(minute(5));

  test('is noted once, with the first time', () => {
    given(verified)
      .when(note(minute(5)))
      .then(noted);
    given(verified, noted)
      .when(note(minute(9)))
      .then();
    given()
      .when(note(minute(5)))
      .then();
  });
  test('goes when that was so for long enough, and says since when and how much', () => {
    given(verified, noted)
      .when(remove(minute(5)))
      .then(removed('nothing names the content', sizeBytes, minute(5)));
    given(verified, noted)
      .when(remove(minute(4)))
      .refusedAs('COMMON_COMMAND_CONFLICT');
    given(verified)
      .when(remove(minute(9)))
      .refusedAs('COMMON_COMMAND_CONFLICT');
    given()
      .when(remove(minute(9)))
      .then();
  });
  test('goes in part where it never came in full', () => {
    given(started(), chunks(0, [0b11], 2, 2), unreferenced(minute(5), 2 * mebibyte))
      .when(remove(minute(5)))
      .then(removed('nothing names the content', 2 * mebibyte, minute(5)));
  });
  test.each([
    ['a claim', [verified, noted, claimed]],
    ['an upload of the same bytes', [verified, noted, ...blobDecider.decide(verifyBlob, given(verified, noted).state)]],
    ['a fetch that finds it here', [verified, noted, ...blobDecider.decide(startFetch, given(verified, noted).state)]],
    ['a fetch that goes on', [started(), noted, ...blobDecider.decide(startFetch, given(started(), noted).state)]],
    ['chunks that come', [started(), noted, chunks(0, [1], 1, 1)]],
  ])('stays after %s', (_, history) => {
    given(...history)
      .when(remove(minute(60)))
      .refusedAs('COMMON_COMMAND_CONFLICT');
  });
  test('is claimed by one event, and then by none until it is noted again', () => {
    given(verified, noted).when(claim).then(claimed);
    given(verified, noted, claimed).when(claim).then();
    given().when(claim).then();
  });
});

describe('a blob whose upload was refused', () => {
  const drop: BlobCommand = { type: 'DropRefused', blob, at: minute(7) };
  test('goes at once', () => {
    given(uploaded).when(drop).then(removed('the upload that brought it was refused', sizeBytes));
    given().when(drop).then();
  });
  test.each([
    ['was told to somebody as held', [uploaded, claimed]],
    ['was fetched before', [verified]],
    ['was being fetched', [started(), chunks(0, [1], 1, 1), ...blobDecider.decide(verifyBlob, given(started()).state)]],
  ])('is noted like any other where it %s', (_, history) => {
    given(...history)
      .when(drop)
      .then(unreferenced(minute(7)));
  });
});

/** Acts of several at once: each decides from the stream as it is, or as it was before the act before it. */
const act = fc.record({
  does: fc.constantFrom('claim', 'upload', 'fetch', 'note', 'remove', 'refuse', 'seal'),
  minutesLater: fc.nat(20),
  isStale: fc.boolean(),
});

test('nobody who was told that a blob is held loses it, in whatever order claims, bytes and removals come', () => {
  const delay = 30;
  const fold = (events: readonly BlobEvent[]) => events.reduce(blobDecider.evolve, blobDecider.initialState());
  fc.assert(
    fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
      const history: BlobEvent[] = [];
      let now = 0;
      let relied = Number.NEGATIVE_INFINITY;
      let before = { version: 0, at: 0 };
      for (const { does, minutesLater, isStale } of acts) {
        now += minutesLater;
        const commands: Record<typeof does, BlobCommand> = {
          claim: { type: 'ClaimBlob', blob },
          upload: { ...verifyBlob, source: 'upload' },
          fetch: verifyBlob,
          note: { type: 'NoteUnreferenced', blob, at: minute(now) },
          remove: { type: 'RemoveUnreferenced', blob, until: minute(now - delay) },
          refuse: { type: 'DropRefused', blob, at: minute(now) },
          seal: { type: 'SealBlob', blob, manifestDigest },
        };
        const seen = isStale ? before : { version: history.length, at: now };
        before = { version: history.length, at: now };
        const state = fold(history.slice(0, seen.version));
        const isRefused =
          does === 'remove' &&
          state.status !== 'absent' &&
          !(state.unreferencedSince && state.unreferencedSince <= minute(now - delay));
        if (isRefused) {
          expect(() => blobDecider.decide(commands[does], state)).toThrow();
          continue;
        }
        const events = blobDecider.decide(commands[does], state);
        // What was decided from a stream that has grown since is refused by the event store.
        if (events.length > 0 && seen.version < history.length) continue;
        history.push(...events);
        if (events.some(({ type }) => type === 'BlobRemoved')) {
          expect(now - relied).toBeGreaterThanOrEqual(delay);
          relied = Number.NEGATIVE_INFINITY;
        } else if (does === 'fetch' || (does === 'claim' && state.status === 'verified')) {
          expect(fold(history).status).toBe('verified');
          // Without an event the answer is of the moment when the stream was read.
          relied = events.length > 0 ? now : seen.at;
        }
      }
    }),
    { numRuns: 5_000 },
  );
});

test('is absent after its removal, and can come again', () => {
  given(verified).when({ type: 'RemoveBlob', blob, reason: 'damaged' }).then(removed('damaged', sizeBytes));
  given().when({ type: 'RemoveBlob', blob, reason: 'damaged' }).then();
  given(verified, removed('damaged', sizeBytes)).when(startFetch).then(started());
});

test('whatever chunks come in whatever batches, the events name each once and fold to the same set', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.nat(69), { maxLength: 40 }), { maxLength: 12 }), (batches) => {
      const history: BlobEvent[] = [started()];
      const fold = () => history.reduce(blobDecider.evolve, blobDecider.initialState());
      for (const batch of batches) history.push(...blobDecider.decide(verifyChunks(...batch), fold()));
      const expected = [...new Set(batches.flat())].sort((a, b) => a - b);
      expect(indices(fold())).toEqual(expected);
      const events = history.flatMap((event) => (event.type === 'ChunkVerified' ? [event.data] : []));
      expect(events.reduce((sum, { count }) => sum + count, 0)).toBe(expected.length);
      expect(events.at(-1)?.verifiedCount ?? 0).toBe(expected.length);
    }),
  );
});

test('folds the chunks of a 15 GB blob, one event each, in well under a second', () => {
  const total = 15_000;
  const large = total * mebibyte;
  const first: BlobEvent = {
    type: 'BlobFetchStarted',
    data: { blob, sizeBytes: BigInt(large), manifestDigest, totalCount: total, source: 'a' },
  };
  const events = Array.from({ length: total }, (_, index): BlobEvent => {
    const bitmap = new Uint8Array(8);
    bitmap[(index % 64) >> 3] = 1 << (index & 7);
    return {
      type: 'ChunkVerified',
      data: { blob, first: index - (index % 64), count: 1, bitmap, verifiedCount: index + 1, totalCount: total, source: 'a' },
    };
  });
  const startedAt = performance.now();
  const state = [first, ...events].reduce(blobDecider.evolve, blobDecider.initialState());
  expect(performance.now() - startedAt).toBeLessThan(500);
  expect(state.status === 'fetching' && state.verified.complete && state.verified instanceof Bitmap).toBe(true);
});
