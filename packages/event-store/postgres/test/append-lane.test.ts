import { describe, expect, test } from 'vitest';
import { createAppendLane } from '../src/append-lane.ts';

type Item = { readonly name: string; readonly alone?: boolean; readonly events?: number };

/** A lane whose transactions end when the test says so; `transactions` names what each held. */
function laneByHand() {
  const transactions: string[][] = [];
  const ends: PromiseWithResolvers<void>[] = [];
  const begin = async (items: readonly Item[]): Promise<void> => {
    transactions.push(items.map(({ name }) => name));
    const end = Promise.withResolvers<void>();
    ends.push(end);
    await end.promise;
  };
  const lane = createAppendLane<Item, string>({
    isAlone: ({ alone }) => alone ?? false,
    eventCount: ({ events }) => events ?? 1,
    runOne: async (item) => {
      await begin([item]);
      return item.name;
    },
    runTogether: async (items) => {
      await begin(items);
      return items.map(({ name }) =>
        name.startsWith('bad') ? { status: 'rejected', reason: new Error(name) } : { status: 'fulfilled', value: name },
      );
    },
  });
  const endNext = async (): Promise<void> => {
    ends.shift()?.resolve();
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  };
  return { lane, transactions, endNext };
}

describe('append lane', () => {
  test('begins at once when nothing is under way', () => {
    const { lane, transactions } = laneByHand();
    void lane.run({ name: 'a' });
    expect(transactions).toEqual([['a']]);
  });

  test('gathers what comes while a transaction is in flight', async () => {
    const { lane, transactions, endNext } = laneByHand();
    const results = Promise.all(['a', 'b', 'c', 'd'].map((name) => lane.run({ name })));
    await endNext();
    await endNext();
    expect(await results).toEqual(['a', 'b', 'c', 'd']);
    expect(transactions).toEqual([['a'], ['b', 'c', 'd']]);
  });

  test('lets writers that were just answered join the next transaction', async () => {
    const { lane, transactions, endNext } = laneByHand();
    const writer = async (name: string): Promise<void> => {
      for (let round = 1; round <= 2; round += 1) await lane.run({ name: name + round });
    };
    const writers = Promise.all(['a', 'b', 'c'].map(writer));
    for (let end = 0; end < 4; end += 1) await endNext();
    await writers;
    expect(transactions).toEqual([['a1'], ['b1', 'c1', 'a2'], ['b2', 'c2']]);
  });

  test('keeps the order around items that stand alone', async () => {
    const { lane, transactions, endNext } = laneByHand();
    const items: Item[] = [{ name: 'a' }, { name: 'b' }, { name: 'c', alone: true }, { name: 'd' }, { name: 'e' }];
    const results = Promise.all(items.map((item) => lane.run(item)));
    for (let end = 0; end < 4; end += 1) await endNext();
    expect(await results).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(transactions).toEqual([['a'], ['b'], ['c'], ['d', 'e']]);
  });

  test('limits the events of a transaction, but lets one large item pass', async () => {
    const { lane, transactions, endNext } = laneByHand();
    const sizes = [1, 600, 600, 5000, 1];
    const results = Promise.all(sizes.map((events, index) => lane.run({ name: String(index), events })));
    for (let end = 0; end < 5; end += 1) await endNext();
    await results;
    expect(transactions).toEqual([['0'], ['1'], ['2'], ['3'], ['4']]);
  });

  test('settles each item by its own outcome', async () => {
    const { lane, endNext } = laneByHand();
    const results = Promise.allSettled(['a', 'bad', 'c'].map((name) => lane.run({ name })));
    await endNext();
    await endNext();
    expect((await results).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  test('goes on after a transaction that failed as a whole, of one item or of many', async () => {
    let fails = true;
    const failing = (): void => {
      if (fails) throw new Error('gone');
    };
    const lane = createAppendLane<Item, string>({
      isAlone: () => false,
      eventCount: () => 1,
      runOne: async ({ name }) => {
        failing();
        return name;
      },
      runTogether: async (items) => {
        failing();
        return items.map(({ name }) => ({ status: 'fulfilled', value: name }));
      },
    });
    const results = await Promise.allSettled(['a', 'b', 'c'].map((name) => lane.run({ name })));
    expect(results).toEqual(results.map(() => ({ status: 'rejected', reason: new Error('gone') })));
    fails = false;
    expect(await Promise.all(['d', 'e', 'f'].map((name) => lane.run({ name })))).toEqual(['d', 'e', 'f']);
    await lane.idle();
  });
});
