import { createVirtualTime } from '@odst/async/testing';
import { OdstError } from '@odst/kernel';
import { describe, expect, test } from 'vitest';
import {
  type CommandHandlerOptions,
  createCommandHandler,
  createMemoryEventStore,
  type EventStore,
  type MemoryTransaction,
} from '../src/index.ts';
import { type CounterState, counter, counterCodec, metadataOf } from './counter.ts';

const clock = { now: () => new Date('2026-01-01T00:00:00Z') };

function setUp(
  wrap: (store: EventStore<MemoryTransaction>) => EventStore<MemoryTransaction> = (store) => store,
  options: CommandHandlerOptions = {},
) {
  const store = createMemoryEventStore({ clock });
  return { store, handler: createCommandHandler(wrap(store), counter, counterCodec, options) };
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

const add = (amount: number) => () => ({ type: 'Add', amount }) as const;
const close = () => ({ type: 'Close' }) as const;
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
      createdAt: clock.now(),
      changedAt: clock.now(),
      result: { total: 5 },
      repeated: false,
    });
    expect((await store.readStream(stream)).map(({ type, data }) => ({ type, data }))).toEqual([
      { type: 'Added', data: { amount: 2 } },
      { type: 'Added', data: { amount: 3 } },
    ]);
    expect(await handler.load(stream)).toEqual({
      state: { total: 5, closed: false },
      version: 2,
      createdAt: clock.now(),
      changedAt: clock.now(),
    });
  });

  test('passes a refusal on and stores nothing', async () => {
    const { store, handler } = setUp();
    await handler.run({ stream, command: close, metadata: metadataOf('c1') });
    await expect(handler.run({ stream, command: add(1), metadata: metadataOf('c2') })).rejects.toMatchObject({
      code: 'COMMON_ACCESS_DENIED',
    });
    expect(await store.lastPosition()).toBe(1n);
    expect(await store.findCommand('c2')).toBeUndefined();
  });

  test('answers a repeated command with its first result, also where it would now be refused', async () => {
    const { store, handler } = setUp();
    const run = { stream, command: close, metadata: metadataOf('c1'), result: () => 'closed' };
    const first = await handler.run(run);
    expect(await handler.run(run)).toEqual({ ...first, repeated: true });
    expect(await store.lastPosition()).toBe(1n);
  });

  test('answers a repeated command that was not refused with its first result and the stream of now', async () => {
    const { handler } = setUp();
    await handler.run({ stream, command: add(2), metadata: metadataOf('c1'), result: ({ total }) => total });
    await handler.run({ stream, command: add(3), metadata: metadataOf('c2') });
    expect(
      await handler.run({ stream, command: add(2), metadata: metadataOf('c1'), result: ({ total }) => total }),
    ).toMatchObject({
      repeated: true,
      result: 2,
      events: [{ version: 1 }],
      version: 2,
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

  test('makes the command anew from the new state when somebody else wrote meanwhile', async () => {
    const { handler } = setUp(disturbed(3));
    const seen: [number, number][] = [];
    const outcome = await handler.run({
      stream,
      command: async ({ total }, version) => {
        seen.push([total, version]);
        return { type: 'Add', amount: total + 1 };
      },
      metadata: metadataOf('c1'),
      result: ({ total }) => total,
    });
    expect(seen).toEqual([
      [0, 0],
      [100, 1],
      [200, 2],
      [300, 3],
    ]);
    expect(outcome).toMatchObject({ state: { total: 601 }, result: 601, version: 4, repeated: false });
  });

  test('gives up after ten conflicts, with longer and longer pauses between them', async () => {
    const time = createVirtualTime();
    const started = time.now().getTime();
    const { handler } = setUp(disturbed(11), { timers: time, random: () => 0 });
    let made = 0;
    const command = () => {
      made += 1;
      return add(1)();
    };
    let refusal: unknown;
    handler.run({ stream, command, metadata: metadataOf('c1') }).catch((error: unknown) => {
      refusal = error;
    });
    await time.until(() => refusal !== undefined);
    expect(refusal).toMatchObject({ code: 'COMMON_COMMAND_CONFLICT' });
    expect(made).toBe(10);
    expect(time.now().getTime() - started).toBe(10 + 20 + 40 + 80 + 160 + 320 + 500 + 500);
  });

  test('takes as many commands of a stream at once as come, also through two handlers that know nothing of each other', async () => {
    const { store, handler } = setUp();
    const handlers = [handler, createCommandHandler(store, counter, counterCodec)];
    const command = async () => {
      // Something that others are asked for takes its time, in which all the rest run.
      await new Promise((resolve) => setImmediate(resolve));
      return add(1)();
    };
    await Promise.all(
      handlers.flatMap((each, which) =>
        Array.from({ length: 100 }, (_, index) => each.run({ stream, command, metadata: metadataOf(`c${which}-${index}`) })),
      ),
    );
    expect((await handler.load(stream)).state.total).toBe(200);
  });

  test('gives a conflict with the version that the caller saw to the caller, without another try', async () => {
    const { store, handler } = setUp(disturbed(1));
    let made = 0;
    const command = () => {
      made += 1;
      return add(1)();
    };
    const run = handler.run({ stream, command, metadata: metadataOf('c1'), expectedVersion: 0 });
    await expect(run).rejects.toMatchObject({
      code: 'COMMON_COMMAND_CONFLICT',
      details: { expectedVersion: 0, actualVersion: 1 },
    });
    expect(made).toBe(1);
    expect(await store.findCommand('c1')).toBeUndefined();
  });

  test.each([
    ['at once', () => Promise.reject(new Error('no signature')), 'no signature'],
    [
      'with a conflict of its own',
      () => {
        throw new OdstError('COMMON_COMMAND_CONFLICT', 'the caller saw something else');
      },
      'the caller saw something else',
    ],
  ])('passes on what making the command throws, without another try: %s', async (_how, refuse, message) => {
    const { store, handler } = setUp();
    let made = 0;
    const command = () => {
      made += 1;
      return refuse();
    };
    await expect(handler.run({ stream, command, metadata: metadataOf('c1') })).rejects.toThrow(message);
    expect(made).toBe(1);
    expect(await store.lastPosition()).toBe(0n);
    expect(await store.findCommand('c1')).toBeUndefined();
  });

  test('answers a repeated command with its first result, also where it cannot be made any more', async () => {
    const { store, handler } = setUp();
    const run = {
      stream,
      command: async ({ total }: CounterState) => {
        if (total > 0) throw new OdstError('COMMON_ACCESS_DENIED', 'added already');
        return add(2)();
      },
      metadata: metadataOf('c1'),
      result: () => 'added',
    };
    const first = await handler.run(run);
    await handler.run({ stream, command: add(3), metadata: metadataOf('c2') });
    expect(await handler.run(run)).toEqual({ ...first, repeated: true, state: { total: 5, closed: false }, version: 2 });
    expect(await store.lastPosition()).toBe(2n);
  });

  test('stores once what comes many times at once, and gives all of them the same result', async () => {
    const { store, handler } = setUp();
    const outcomes = await Promise.all(
      Array.from({ length: 5 }, (_, index) =>
        handler.run({ stream, command: async () => add(1)(), metadata: metadataOf('c1'), result: () => index }),
      ),
    );
    expect(outcomes.filter(({ repeated }) => !repeated)).toHaveLength(1);
    expect(new Set(outcomes.map(({ result }) => result)).size).toBe(1);
    expect(await store.lastPosition()).toBe(1n);
  });

  test('stores nothing where there is nothing to do, and answers with the stream as it is', async () => {
    const { store, handler } = setUp();
    await handler.run({ stream, command: add(2), metadata: metadataOf('c1') });
    const idle = { stream, command: () => undefined, result: () => 'unused' };
    expect(await handler.run({ ...idle, metadata: metadataOf('c2') })).toEqual({
      state: { total: 2, closed: false },
      version: 1,
      createdAt: clock.now(),
      changedAt: clock.now(),
      events: [],
      result: null,
      repeated: false,
    });
    expect(await store.findCommand('c2')).toBeUndefined();
    expect(await handler.run({ ...idle, metadata: metadataOf('c1') })).toMatchObject({
      repeated: true,
      events: [{ version: 1 }],
    });
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
    expect(await handler.load(stream)).toMatchObject({ state: { total: 9, closed: false }, version: 9 });
  });
});
