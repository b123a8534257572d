import { type BusMessage, createDeadLetterDesks, type EventBus, startReaction } from '@odst/event-bus';
import type { PostgresTransaction } from '@odst/postgres';
import { createSilentLogger } from '@odst/telemetry';
import { expect } from 'vitest';
import { type Notes, service } from './notes-service.ts';

const consumer = 'notes.copy';

/**
 * Starts a consumer whose effect is a row in the database.
 * @param before runs before each effect, to fail or to take time
 */
export function startCopying(
  bus: EventBus,
  notes: Notes,
  before: (message: BusMessage) => Promise<void> = async () => undefined,
) {
  const effectOf =
    ({ key, position }: BusMessage) =>
    async (transaction: PostgresTransaction) => {
      await transaction.query('INSERT INTO notes.effects (key, position) VALUES ($1, $2)', [key, position.toString()]);
    };
  return startReaction({
    bus,
    inbox: notes.inbox,
    deadLetters: notes.deadLetters,
    desks: createDeadLetterDesks({ service, deadLetters: notes.deadLetters }),
    consumer,
    topics: [bus.topicOf(service)],
    on: {
      NoteWritten: async (message) => {
        await before(message);
        await notes.inbox.once(consumer, message, effectOf(message));
      },
    },
    logger: createSilentLogger(),
    maxTries: 2,
  });
}

/** Every position up to `count` took effect once, those of each key in order. */
export async function expectEffectsOnce(notes: Notes, count: number): Promise<void> {
  const effects = await notes.effects();
  expect(effects.map(({ position }) => position).sort((a, b) => a - b)).toEqual(
    Array.from({ length: count }, (_, index) => index + 1),
  );
  for (const [key, ofKey] of Map.groupBy(effects, (effect) => effect.key)) {
    const positions = ofKey.map(({ position }) => position);
    expect([key, positions]).toEqual([key, positions.toSorted((a, b) => a - b)]);
  }
}
