import { OdstError } from '@odst/kernel';
import { createSilentLogger } from '@odst/telemetry';
import { describe, expect, onTestFinished, test } from 'vitest';
import { holds } from '../../src/contract/fixture.ts';
import { messagesFor } from '../../src/contract/messages.ts';
import {
  type BusMessage,
  createDeadLetterDesks,
  createMemoryDeadLetters,
  createMemoryEventBus,
  createMemoryInbox,
  type DeadLetters,
  type Reaction,
  type ReactionOptions,
  startReaction,
} from '../../src/index.ts';

const producer = { service: 'notes', fence: 1n };
const clock = { now: () => new Date() };

function parts() {
  const bus = createMemoryEventBus();
  const inbox = createMemoryInbox();
  const deadLetters = createMemoryDeadLetters({ clock, inbox });
  return {
    bus,
    inbox,
    deadLetters,
    desks: createDeadLetterDesks({ service: 'copies', deadLetters }),
    topics: [bus.topicOf('notes')],
  };
}

async function react(options: Omit<ReactionOptions, 'logger' | 'consumer'>): Promise<Reaction> {
  const reaction = await startReaction({ consumer: 'copies.copy', logger: createSilentLogger(), ...options });
  onTestFinished(async () => reaction[Symbol.asyncDispose]());
  return reaction;
}

const bad = ({ key }: BusMessage): boolean => key === 'bad';

describe('a reaction', () => {
  test('takes the step of each event, and passes over events without one', async () => {
    const { bus, ...rest } = parts();
    const written: bigint[] = [];
    const names: string[] = [];
    await react({ bus, ...rest, on: { NoteWritten: async ({ position }) => void written.push(position) } });
    await startReaction({
      bus,
      ...rest,
      consumer: 'copies.other',
      logger: createSilentLogger(),
      on: { NoteErased: async ({ event }) => void names.push(event.type) },
    }).then((other) => onTestFinished(async () => other[Symbol.asyncDispose]()));
    await bus.publish(producer, messagesFor(bus, ['a', 'b', 'a']));
    await holds(() => expect(written.toSorted((a, b) => Number(a - b))).toEqual([1n, 2n, 3n]));
    expect(names).toEqual([]);
  });

  test('does not repeat the step of a message that the bus delivers again', async () => {
    const { bus, inbox, ...rest } = parts();
    const [first] = messagesFor(bus, ['a']);
    if (first === undefined) throw new Error('one message was made');
    await inbox.markDone('copies.copy', first);
    const written: bigint[] = [];
    await react({ bus, inbox, ...rest, on: { NoteWritten: async ({ position }) => void written.push(position) } });
    await bus.publish(producer, messagesFor(bus, ['a', 'a']));
    await holds(() => expect(written).toEqual([2n]));
  });

  test('finds by its sweep what it was never told, at once and at its interval', async () => {
    const ranAtMs: number[] = [];
    await react({ ...parts(), on: {}, sweep: { run: async () => void ranAtMs.push(performance.now()), intervalMs: 50 } });
    await holds(() => expect(ranAtMs.length).toBeGreaterThan(2));
    for (const [index, atMs] of ranAtMs.slice(1).entries()) expect(atMs - (ranAtMs[index] ?? 0)).toBeGreaterThan(48);
  });

  test('tries a sweep that fails again long before its interval is over', async () => {
    let runs = 0;
    const run = async (): Promise<void> => {
      runs += 1;
      if (runs < 3) throw new Error('something is not up yet');
    };
    await react({ ...parts(), on: {}, sweep: { run } });
    await holds(() => expect(runs).toBe(3));
  });

  test('tells the sweep under way when it ends, and waits for it', async () => {
    let ended = false;
    const run = (signal: AbortSignal): Promise<void> =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          ended = true;
          resolve();
        });
      });
    const reaction = await react({ ...parts(), on: {}, sweep: { run } });
    await reaction[Symbol.asyncDispose]();
    expect(ended).toBe(true);
  });

  test('parks the key of a message that keeps failing, while a thousand others pass', async () => {
    const { bus, deadLetters, ...rest } = parts();
    const passed: bigint[] = [];
    const step = async (message: BusMessage): Promise<void> => {
      if (bad(message)) throw new Error('password=hunter2 in postgres://odst:hunter2@db/odst');
      passed.push(message.position);
    };
    await react({ bus, deadLetters, ...rest, on: { NoteWritten: step }, maxTries: 3 });
    const others = Array.from({ length: 1_000 }, (_, index) => `key-${index}`);
    await bus.publish(producer, messagesFor(bus, ['bad', ...others, 'bad']));
    await holds(async () => expect([passed.length, await deadLetters.count()]).toEqual([1_000, 2]));
    await bus.publish(producer, messagesFor(bus, ['bad'], 1_003n));
    await holds(async () => expect(await deadLetters.count()).toBe(3));
    const letters = await deadLetters.list();
    expect(letters.map(({ position, state, tries }) => [position, state, tries])).toEqual([
      [1n, 'failed', 3],
      [1_002n, 'waiting', 0],
      [1_003n, 'waiting', 0],
    ]);
    expect(letters[0]?.error).not.toContain('odst:hunter2');
  });

  test.each([
    ['something else is away', 'COMMON_SERVICE_UNAVAILABLE'],
    ['it leads to a stream to which a newer program wrote', 'COMMON_EVENT_UNKNOWN'],
  ] as const)('never parks a message because %s', async (_what, code) => {
    const { bus, deadLetters, ...rest } = parts();
    let tries = 0;
    const step = async (): Promise<void> => {
      tries += 1;
      if (tries < 4) throw new OdstError(code, 'not now');
    };
    await react({ bus, deadLetters, ...rest, on: { NoteWritten: step }, maxTries: 1 });
    await bus.publish(producer, messagesFor(bus, ['a']));
    await holds(() => expect(tries).toBe(4));
    expect(await deadLetters.count()).toBe(0);
  });
});

describe('its dead letters', () => {
  async function parked(): Promise<{
    readonly reaction: Reaction;
    readonly all: ReturnType<typeof parts>;
    readonly handled: bigint[];
    readonly heal: (from?: bigint) => void;
  }> {
    const all = parts();
    const handled: bigint[] = [];
    let brokenFrom = 0n;
    let brokenTo = 100n;
    const step = async (message: BusMessage): Promise<void> => {
      if (bad(message) && message.position >= brokenFrom && message.position <= brokenTo) throw new Error('broken');
      handled.push(message.position);
    };
    const reaction = await react({ ...all, on: { NoteWritten: step }, maxTries: 1 });
    await all.bus.publish(producer, messagesFor(all.bus, ['bad', 'bad', 'bad']));
    await holds(async () => expect(await all.deadLetters.count()).toBe(3));
    const heal = (from?: bigint): void => {
      brokenFrom = from ?? 101n;
      if (from === undefined) brokenTo = 0n;
    };
    return { reaction, all, handled, heal };
  }
  const firstId = async (all: ReturnType<typeof parts>): Promise<number> => (await all.deadLetters.list())[0]?.id ?? 0;

  test('are retried in order, after which the key is free', async () => {
    const { reaction, all, handled, heal } = await parked();
    heal();
    expect(await reaction.retry(await firstId(all))).toEqual({ handled: 3 });
    expect(handled).toEqual([1n, 2n, 3n]);
    await all.bus.publish(producer, messagesFor(all.bus, ['bad'], 4n));
    await holds(() => expect(handled).toEqual([1n, 2n, 3n, 4n]));
    expect(await all.deadLetters.count()).toBe(0);
  });

  test('stay where they are from the one on that fails again', async () => {
    const { reaction, all, handled, heal } = await parked();
    heal(2n);
    const outcome = await reaction.retry(await firstId(all));
    expect(outcome).toMatchObject({ handled: 1, failed: { position: 2n, state: 'failed', tries: 1, error: 'Error: broken' } });
    expect(handled).toEqual([1n]);
    expect((await all.deadLetters.list()).map(({ position }) => position)).toEqual([2n, 3n]);
  });

  test('are done without, with a reason, and those behind go on', async () => {
    const { reaction, all, handled, heal } = await parked();
    heal(1n);
    const skip = { by: 'account:admin', reason: 'a test package' };
    expect(await reaction.skip(await firstId(all), skip)).toMatchObject({ handled: 0, failed: { position: 2n } });
    heal();
    expect(await reaction.retry(await firstId(all))).toEqual({ handled: 2 });
    expect(handled).toEqual([2n, 3n]);
    expect(await all.deadLetters.list({ state: 'skipped' })).toMatchObject([{ position: 1n, skipped: skip }]);
  });

  test('are refused under an id that is none, and when they are handled or skipped', async () => {
    const { reaction, all, heal } = await parked();
    const [first, second] = await all.deadLetters.list();
    const skip = { by: 'account:admin', reason: 'a test package' };
    await expect(reaction.retry(999)).rejects.toMatchObject({
      code: 'COMMON_DEAD_LETTER_UNKNOWN',
      message: 'there is no dead letter copies-999',
    });
    await reaction.skip(first?.id ?? 0, skip);
    await expect(reaction.skip(first?.id ?? 0, skip)).rejects.toMatchObject({
      code: 'COMMON_DEAD_LETTER_SETTLED',
      message: `dead letter copies-${first?.id} was skipped by account:admin`,
    });
    heal();
    await reaction.retry(second?.id ?? 0);
    await expect(all.desks.retry(second?.id ?? 0)).rejects.toMatchObject({
      code: 'COMMON_DEAD_LETTER_SETTLED',
      message: `dead letter copies-${second?.id} was handled`,
    });
  });

  test('are found by the desks of their service under the id alone, whoever set them aside', async () => {
    const { all, handled, heal } = await parked();
    heal();
    expect(await all.desks.retry(await firstId(all))).toEqual({ handled: 3 });
    expect(handled).toEqual([1n, 2n, 3n]);
  });

  test('of a consumer that is gone can be skipped, one by one, and not be retried', async () => {
    const { reaction, all, handled } = await parked();
    await reaction[Symbol.asyncDispose]();
    const first = await firstId(all);
    await expect(all.desks.retry(first)).rejects.toMatchObject({ code: 'COMMON_DEAD_LETTER_UNHANDLED' });
    expect(await all.desks.skip(first, { by: 'account:admin', reason: 'no use' })).toMatchObject({
      handled: 0,
      left: { code: 'COMMON_DEAD_LETTER_UNHANDLED' },
    });
    expect(await all.deadLetters.parked()).toMatchObject([{ first: { position: 2n, state: 'waiting' }, waiting: 1 }]);
    expect(handled).toEqual([]);
  });

  test('behind a skipped one that cannot be handled now are left, and the skip is no error for that', async () => {
    const all = parts();
    let away = false;
    const take: DeadLetters['take'] = async (letter) => {
      if (away) throw new OdstError('COMMON_DATABASE_UNAVAILABLE', 'the database is away');
      return all.deadLetters.take(letter);
    };
    const handled: bigint[] = [];
    const reaction = await react({
      ...all,
      deadLetters: { ...all.deadLetters, take },
      on: {
        NoteWritten: async ({ position }) => {
          if (position === 1n) throw new Error('broken');
          away = position === 2n;
          handled.push(position);
        },
      },
      maxTries: 1,
    });
    await all.bus.publish(producer, messagesFor(all.bus, ['bad', 'bad', 'bad']));
    await holds(async () => expect(await all.deadLetters.count()).toBe(3));
    const outcome = await reaction.skip(await firstId(all), { by: 'account:admin', reason: 'why not' });
    expect(outcome).toMatchObject({ handled: 1, left: { code: 'COMMON_DATABASE_UNAVAILABLE' } });
    expect(handled).toEqual([2n]);
    expect(await all.deadLetters.list({ state: 'skipped' })).toMatchObject([{ position: 1n }]);
    const left = await firstId(all);
    await expect(reaction.retry(left)).rejects.toMatchObject({ code: 'COMMON_DATABASE_UNAVAILABLE' });
    away = false;
    expect(await reaction.retry(left)).toEqual({ handled: 1 });
  });

  test('stay taken while a step takes long', async () => {
    const { inbox, ...rest } = parts();
    const deadLetters = createMemoryDeadLetters({ clock, inbox, takenForMs: 30 });
    const renewed: number[] = [];
    const renew: DeadLetters['renew'] = async (letter) => {
      await deadLetters.renew(letter);
      renewed.push(letter.id);
      // The work is not broken off for this.
      if (renewed.length === 1) throw new OdstError('COMMON_DATABASE_UNAVAILABLE', 'the database is away');
    };
    let broken = true;
    const step = async (): Promise<void> => {
      if (broken) throw new Error('broken');
      await holds(() => expect(renewed.length).toBeGreaterThan(2));
    };
    const reaction = await react({
      ...rest,
      inbox,
      deadLetters: { ...deadLetters, renew },
      on: { NoteWritten: step },
      maxTries: 1,
    });
    await rest.bus.publish(producer, messagesFor(rest.bus, ['bad']));
    await holds(async () => expect(await deadLetters.count()).toBe(1));
    broken = false;
    expect(await reaction.retry(1)).toEqual({ handled: 1 });
  });

  test('that are being retried when the consumer stops end with the one under way, and the others stay', async () => {
    const all = parts();
    const entered = Promise.withResolvers<void>();
    const leave = Promise.withResolvers<void>();
    let broken = true;
    const step = async (): Promise<void> => {
      if (broken) throw new Error('broken');
      entered.resolve();
      await leave.promise;
    };
    const reaction = await react({ ...all, on: { NoteWritten: step }, maxTries: 1 });
    await all.bus.publish(producer, messagesFor(all.bus, ['bad', 'bad']));
    await holds(async () => expect(await all.deadLetters.count()).toBe(2));
    broken = false;
    const retried = expect(reaction.retry(await firstId(all))).rejects.toMatchObject({ code: 'COMMON_SERVICE_UNAVAILABLE' });
    await entered.promise;
    const stopped = reaction[Symbol.asyncDispose]();
    leave.resolve();
    await Promise.all([stopped, retried]);
    expect(await all.deadLetters.parked()).toMatchObject([{ first: { position: 2n }, waiting: 0 }]);
  });
});
