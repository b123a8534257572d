import { describe, expect, test } from 'vitest';
import { createCommandHandler, createMemoryEventStore, type EventStore, type MemoryTransaction } from '../src/index.ts';
import { counter, counterCodec, metadataOf } from './counter.ts';

const clock = { now: () => new Date('2026-01-01T00:00:00Z') };

function setUp(wrap: (store: EventStore<MemoryTransaction>) => EventStore<MemoryTransaction> = (store) => store) {
  const store = createMemoryEventStore({ clock });
  return { store, handler: createCommandHandler(wrap(store), counter, counterCodec) };
}

/** A store in which somebody else adds 100 right after each of the first `times` reads. */
function disturbed(times: number): (store: EventStore<MemoryTransaction>) => EventStore<MemoryTransaction> {
  return (store) => {
    let left = times;
    return {
      ...store,
      async readStream(stream, afterVersion) {
        const events = await store.readStream(stream, afterVersion);
        if (left > 0) {
          left -= 1;
          await store.append({
            stream,
            expectedVersion: 'any',
            events: [counterCodec.encode({ type: 'Added', data: { amount: 100 } })],
            metadata: metadataOf(`disturbance-${left}`),
          });
        }
        return events;
      },
    };
  };
}

const add = (amount: number) => ({ type: 'Add', amount }) as const;
const stream = 'counter-1';

describe('command handler', () => {
  test('folds, decides, appends and answers with the new state', async () => {
    const { store, handler } = setUp();
    await handler.run({ stream, command: add(2), metadata: metadataOf('c1') });
    const outcome = await handler.run({
      stream,
      command: add(3),
      metadata: metadataOf('c2'),
      result: ({ total }) => ({ total }),
    });
    expect(outcome).toMatchObject({
      state: { total: 5, closed: false },
      version: 2,
      position: 2n,
      result: { total: 5 },
      repeated: false,
    });
    expect((await store.readStream(stream)).map(({ type, data }) => ({ type, data }))).toEqual([
      { type: 'Added', data: { amount: 2 } },
      { type: 'Added', data: { amount: 3 } },
    ]);
    expect(await handler.load(stream)).toEqual({ state: { total: 5, closed: false }, version: 2 });
  });

  test('passes a refusal on and stores nothing', async () => {
    const { store, handler } = setUp();
    await handler.run({ stream, command: { type: 'Close' }, metadata: metadataOf('c1') });
    await expect(handler.run({ stream, command: add(1), metadata: metadataOf('c2') })).rejects.toMatchObject({
      code: 'COMMON_ACCESS_DENIED',
    });
    expect(await store.lastPosition()).toBe(1n);
    expect(await store.findCommand('c2')).toBeUndefined();
  });

  test('answers a repeated command with its first result, also where it would now be refused', async () => {
    const { store, handler } = setUp();
    const close = { stream, command: { type: 'Close' }, metadata: metadataOf('c1'), result: () => 'closed' } as const;
    const first = await handler.run(close);
    expect(await handler.run(close)).toEqual({ ...first, repeated: true });
    expect(await store.lastPosition()).toBe(1n);
  });

  test('answers a repeated command that was not refused with the state of now', async () => {
    const { handler } = setUp();
    await handler.run({ stream, command: add(2), metadata: metadataOf('c1'), result: ({ total }) => total });
    await handler.run({ stream, command: add(3), metadata: metadataOf('c2') });
    expect(
      await handler.run({ stream, command: add(2), metadata: metadataOf('c1'), result: ({ total }) => total }),
    ).toMatchObject({
      repeated: true,
      result: 2,
      version: 1,
      state: { total: 5 },
    });
  });

  test('records the result of a command that caused nothing', async () => {
    const { store, handler } = setUp();
    const outcome = await handler.run({
      stream,
      command: add(0),
      metadata: metadataOf('c1'),
      result: ({ total }) => ({ total }),
    });
    expect(outcome).toMatchObject({ version: 0, events: [], result: { total: 0 } });
    expect(await store.findCommand('c1')).toMatchObject({ result: { total: 0 }, repeated: true });
  });

  test('decides a commuting command anew after a conflict', async () => {
    const { handler } = setUp(disturbed(3));
    const outcome = await handler.run({ stream, command: add(1), metadata: metadataOf('c1') });
    expect(outcome).toMatchObject({ state: { total: 301 }, version: 4 });
  });

  test('gives up after ten conflicts', async () => {
    const { handler } = setUp(disturbed(11));
    const run = handler.run({ stream, command: add(1), metadata: metadataOf('c1') });
    await expect(run).rejects.toMatchObject({ code: 'COMMON_COMMAND_CONFLICT' });
  });

  test('gives the conflict of a command that does not commute to the caller', async () => {
    const { store, handler } = setUp(disturbed(1));
    const run = handler.run({ stream, command: add(1), metadata: metadataOf('c1'), commutes: false });
    await expect(run).rejects.toMatchObject({
      code: 'COMMON_COMMAND_CONFLICT',
      details: { expectedVersion: 0, actualVersion: 1 },
    });
    expect(await store.findCommand('c1')).toBeUndefined();
  });

  test('refuses a command whose caller saw another version', async () => {
    const { store, handler } = setUp();
    await handler.run({ stream, command: add(1), metadata: metadataOf('c1') });
    const run = handler.run({ stream, command: add(1), metadata: metadataOf('c2'), expectedVersion: 0 });
    await expect(run).rejects.toMatchObject({ code: 'COMMON_COMMAND_CONFLICT' });
    expect(await handler.run({ stream, command: add(1), metadata: metadataOf('c3'), expectedVersion: 1 })).toMatchObject({
      version: 2,
    });
    expect(await store.lastPosition()).toBe(2n);
  });

  test('passes on any other fault without a retry', async () => {
    let appends = 0;
    const { handler } = setUp((store) => ({
      ...store,
      append: async () => {
        appends += 1;
        throw new Error('broken');
      },
    }));
    await expect(handler.run({ stream, command: add(1), metadata: metadataOf('c1') })).rejects.toThrow('broken');
    expect(appends).toBe(1);
  });

  test('writes alongside with the state after the command', async () => {
    const { handler } = setUp();
    const written: number[] = [];
    const alongside = async (transaction: MemoryTransaction, { total }: { readonly total: number }): Promise<void> =>
      transaction.afterCommit(() => void written.push(total));
    await handler.run({ stream, command: add(2), metadata: metadataOf('c1'), alongside });
    await handler.run({ stream, command: add(2), metadata: metadataOf('c1'), alongside });
    expect(written).toEqual([2]);
  });

  test('skips events that only a newer program knows, and counts their version', async () => {
    const { store, handler } = setUp();
    await store.append({
      stream,
      expectedVersion: 0,
      events: [{ type: 'Multiplied', schemaVersion: 1, data: { factor: 2 } }],
      metadata: metadataOf('newer'),
    });
    expect(await handler.run({ stream, command: add(2), metadata: metadataOf('c1') })).toMatchObject({
      state: { total: 2 },
      version: 2,
    });
  });

  test('adds up what many callers add at once', async () => {
    const { handler } = setUp();
    await Promise.all(
      Array.from({ length: 9 }, (_, index) => handler.run({ stream, command: add(1), metadata: metadataOf(`c${index}`) })),
    );
    expect(await handler.load(stream)).toEqual({ state: { total: 9, closed: false }, version: 9 });
  });
});
