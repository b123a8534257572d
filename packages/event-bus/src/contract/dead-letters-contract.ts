import { describe, expect, onTestFinished, test } from 'vitest';
import type { DeadLetter, DeadLetters, ParkedKey } from '../dead-letters/dead-letters.ts';
import { failureOf } from '../dead-letters/failure.ts';
import type { Inbox } from '../inbox.ts';
import { aMessage } from './messages.ts';

/** Empty dead letters of one test. */
export type DeadLettersFixture = {
  readonly deadLetters: DeadLetters;
  /** Of the same consumers. */
  readonly inbox: Pick<Inbox, 'isDone'>;
  /** Lets milliseconds pass for the letters that are taken. */
  readonly pass: (ms: number) => Promise<void>;
  readonly dispose: () => Promise<void>;
};

const consumer = 'notes.copy';
const failure = { tries: 8, error: 'it broke' };

/** Declares the tests that every adapter of the dead letters passes. */
export function deadLettersContract(name: string, createDeadLetters: () => Promise<DeadLettersFixture>): void {
  const openAll = async (): Promise<DeadLettersFixture> => {
    const fixture = await createDeadLetters();
    onTestFinished(() => fixture.dispose());
    return fixture;
  };
  const open = async (): Promise<DeadLetters> => (await openAll()).deadLetters;
  const firstOf = async (letters: DeadLetters): Promise<DeadLetter> => {
    const [first] = await letters.list();
    if (first === undefined) throw new Error('nothing is parked');
    return first;
  };

  describe(`dead letters: ${name}`, () => {
    test('keep a failed message with what is known of it', async () => {
      const letters = await open();
      const message = aMessage(3n, 'bad');
      await letters.park(consumer, message, failure);
      const letter = await firstOf(letters);
      expect(letter).toMatchObject({ consumer, ...message, state: 'failed', ...failure });
      expect(letter.parkedAt).toBeInstanceOf(Date);
      expect(await letters.find(letter.id)).toEqual(letter);
      expect(await letters.find(letter.id + 1)).toBeUndefined();
    });

    test('hold back the later messages of a parked key, and no others', async () => {
      const letters = await open();
      expect(await letters.parkBehind(consumer, aMessage(2n, 'bad'))).toBe(false);
      await letters.park(consumer, aMessage(3n, 'bad'), failure);
      expect(await letters.parkBehind(consumer, aMessage(4n, 'bad'))).toBe(true);
      expect(await letters.parkBehind(consumer, aMessage(5n, 'good'))).toBe(false);
      expect(await letters.parkBehind('notes.other', aMessage(4n, 'bad'))).toBe(false);
      expect(await letters.parkBehind(consumer, aMessage(4n, 'bad', 'odst.others.v1'))).toBe(false);
      expect((await letters.list()).map(({ position, state }) => [position, state])).toEqual([
        [3n, 'failed'],
        [4n, 'waiting'],
      ]);
    });

    test('take the same message once', async () => {
      const letters = await open();
      for (let round = 0; round < 2; round += 1) {
        await letters.park(consumer, aMessage(3n, 'bad'), failure);
        expect(await letters.parkBehind(consumer, aMessage(4n, 'bad'))).toBe(true);
      }
      expect(await letters.count()).toBe(2);
    });

    test('give a key for retry in order, to one at a time, until it is free', async () => {
      const letters = await open();
      await letters.park(consumer, aMessage(3n, 'bad'), failure);
      await letters.parkBehind(consumer, aMessage(4n, 'bad'));
      const letter = await firstOf(letters);
      const third = await letters.take(letter);
      expect(third?.position).toBe(3n);
      await expect(letters.take(letter)).rejects.toMatchObject({ code: 'COMMON_COMMAND_CONFLICT' });
      if (third !== undefined) await letters.settle(third);
      const fourth = await letters.take(letter);
      expect(fourth?.position).toBe(4n);
      expect(await letters.parkBehind(consumer, aMessage(5n, 'bad'))).toBe(true);
      if (fourth !== undefined) await letters.settle(fourth);
      const fifth = await letters.take(letter);
      if (fifth !== undefined) await letters.settle(fifth);
      expect(await letters.take(letter)).toBeUndefined();
      expect(await letters.parkBehind(consumer, aMessage(6n, 'bad'))).toBe(false);
    });

    test('keep a letter for who took it as long as that one renews, and then give it to the next', async () => {
      const { deadLetters: letters, pass } = await openAll();
      const nearlyMs = letters.takenForMs * 0.8;
      await letters.park(consumer, aMessage(3n, 'bad'), failure);
      const letter = await firstOf(letters);
      await letters.take(letter);
      for (let round = 0; round < 3; round += 1) {
        await pass(nearlyMs);
        await expect(letters.take(letter)).rejects.toMatchObject({ code: 'COMMON_COMMAND_CONFLICT' });
        await letters.renew(letter);
      }
      await pass(letters.takenForMs);
      expect((await letters.take(letter))?.position).toBe(3n);
    });

    test('are not taken by a renewal that comes late', async () => {
      const letters = await open();
      await letters.park(consumer, aMessage(3n, 'bad'), failure);
      const letter = await firstOf(letters);
      await letters.renew(letter);
      await letters.take(letter);
      await letters.putBack(letter, failure);
      await letters.renew(letter);
      expect((await letters.take(letter))?.position).toBe(3n);
    });

    test('take a letter back that failed again', async () => {
      const letters = await open();
      await letters.park(consumer, aMessage(3n, 'bad'), failure);
      const taken = await letters.take(await firstOf(letters));
      if (taken !== undefined) await letters.putBack(taken, { tries: 9, error: 'still' });
      expect(await firstOf(letters)).toMatchObject({ state: 'failed', tries: 9, error: 'still' });
      expect((await letters.take(await firstOf(letters)))?.position).toBe(3n);
    });

    test('keep what is left of an error with characters that no database takes, and of a long one', async () => {
      const letters = await open();
      const broken = (tries: number) =>
        failureOf(new Error(`nul \0 and\r\n\u001b[31mred, half \ud83d ${'x'.repeat(2_000)}`), tries);
      await letters.park(consumer, aMessage(3n, 'bad'), broken(8));
      const told = 'Error: nul   and [31mred, half \ufffd xxx';
      const parked = await firstOf(letters);
      expect([parked.tries, parked.error.slice(0, told.length), parked.error.length]).toEqual([8, told, 1_000]);
      const taken = await letters.take(parked);
      if (taken !== undefined) await letters.putBack(taken, broken(9));
      expect(await firstOf(letters)).toMatchObject({ tries: 9, error: parked.error });
    });

    test.each([
      ['none', ' '],
      ['with a NUL', 'nul \0 here'],
      ['of two lines', 'one\ntwo'],
      ['that has no end', 'x'.repeat(1_001)],
    ])('refuse to skip for a reason %s', async (_what, reason) => {
      const letters = await open();
      await letters.park(consumer, aMessage(3n, 'bad'), failure);
      const letter = await firstOf(letters);
      await expect(letters.skip(letter, { by: 'account:admin', reason })).rejects.toMatchObject({
        code: 'COMMON_REQUEST_INVALID',
        details: { pointer: '/reason' },
      });
      expect(await letters.list()).toEqual([letter]);
    });

    test('do without a letter that is skipped, and remember who and why', async () => {
      const { deadLetters: letters, inbox } = await openAll();
      await letters.park(consumer, aMessage(3n, 'bad'), failure);
      await letters.parkBehind(consumer, aMessage(4n, 'bad'));
      const [first, second] = await letters.list();
      if (first === undefined || second === undefined) throw new Error('two are parked');
      const skip = { by: 'account:admin', reason: 'a test package' };
      await expect(letters.skip(second, skip)).rejects.toMatchObject({
        code: 'COMMON_COMMAND_CONFLICT',
        message: `dead letter notes-${second.id} is not the first of its key`,
      });
      expect(await inbox.isDone(consumer, aMessage(3n, 'bad'))).toBe(false);
      await letters.skip(first, skip);
      // Delivered again it takes no effect.
      expect(await inbox.isDone(consumer, aMessage(3n, 'bad'))).toBe(true);
      expect(await inbox.isDone(consumer, aMessage(4n, 'bad'))).toBe(false);
      expect((await letters.list()).map(({ id }) => id)).toEqual([second.id]);
      const [skipped] = await letters.list({ state: 'skipped' });
      expect(skipped).toMatchObject({ id: first.id, state: 'skipped', skipped: skip });
      expect(skipped?.skipped?.at).toBeInstanceOf(Date);
      expect(await letters.count()).toBe(1);
    });

    test('refuse to skip a letter that somebody retries', async () => {
      const letters = await open();
      await letters.park(consumer, aMessage(3n, 'bad'), failure);
      const letter = await firstOf(letters);
      await letters.take(letter);
      await expect(letters.skip(letter, { by: 'account:admin', reason: 'why not' })).rejects.toMatchObject({
        code: 'COMMON_COMMAND_CONFLICT',
        message: `the key of dead letter notes-${letter.id} is being retried`,
      });
    });

    test('show each parked key by its first letter, in pages', async () => {
      const letters = await open();
      for (const [position, key] of [
        [1n, 'a'],
        [2n, 'b'],
        [3n, 'c'],
      ] as const) {
        await letters.park(consumer, aMessage(position, key), failure);
      }
      for (const [position, key] of [
        [4n, 'b'],
        [5n, 'a'],
        [6n, 'b'],
      ] as const)
        await letters.parkBehind(consumer, aMessage(position, key));
      // Another consumer's key of the same name is another one.
      await letters.park('notes.other', aMessage(4n, 'b'), failure);
      const shown = (page: readonly ParkedKey[]) =>
        page.map(({ first, waiting }) => [first.consumer, first.key, first.position, waiting]);
      const all = await letters.parked();
      expect(shown(all)).toEqual([
        [consumer, 'a', 1n, 1],
        [consumer, 'b', 2n, 2],
        [consumer, 'c', 3n, 0],
        ['notes.other', 'b', 4n, 0],
      ]);
      expect(all[1]?.first).toEqual(await letters.find(all[1]?.first.id ?? 0));
      const [, second] = await letters.parked({ limit: 2 });
      expect(shown(await letters.parked({ after: second?.first.id ?? 0, limit: 1 }))).toEqual([[consumer, 'c', 3n, 0]]);
      if (second !== undefined) await letters.skip(second.first, { by: 'account:admin', reason: 'why not' });
      expect(shown(await letters.parked()).map(([, , position, waiting]) => [position, waiting])).toEqual([
        [1n, 1],
        [3n, 0],
        [4n, 1],
        [4n, 0],
      ]);
    });

    test('count what waits behind a letter, first of its key or not', async () => {
      const letters = await open();
      await letters.park(consumer, aMessage(3n, 'bad'), failure);
      for (const position of [4n, 5n]) await letters.parkBehind(consumer, aMessage(position, 'bad'));
      await letters.park(consumer, aMessage(6n, 'other'), failure);
      const counted: [bigint, number][] = [];
      for (const letter of await letters.list()) counted.push([letter.position, await letters.countBehind(letter)]);
      expect(counted).toEqual([
        [3n, 2],
        [4n, 1],
        [5n, 0],
        [6n, 0],
      ]);
    });

    test('know the last id that there was, when its letter is gone', async () => {
      const letters = await open();
      const before = await letters.lastId();
      await letters.park(consumer, aMessage(3n, 'bad'), failure);
      const letter = await firstOf(letters);
      expect(letter.id).toBeGreaterThan(before);
      expect(await letters.lastId()).toBe(letter.id);
      await letters.settle(letter);
      expect(await letters.lastId()).toBe(letter.id);
    });

    test('are listed in pages, by consumer', async () => {
      const letters = await open();
      for (let position = 1n; position <= 5n; position += 1n) {
        await letters.park(position % 2n === 0n ? 'notes.other' : consumer, aMessage(position, `key-${position}`), failure);
      }
      const page = await letters.list({ limit: 2 });
      expect(page.map(({ position }) => position)).toEqual([1n, 2n]);
      const rest = await letters.list({ after: page.at(-1)?.id ?? 0 });
      expect(rest.map(({ position }) => position)).toEqual([3n, 4n, 5n]);
      expect((await letters.list({ consumer: 'notes.other' })).map(({ position }) => position)).toEqual([2n, 4n]);
    });
  });
}
