import { deadLettersContract } from '../../src/contract/index.ts';
import { createMemoryDeadLetters, createMemoryInbox } from '../../src/index.ts';

deadLettersContract('memory', async () => {
  let nowMs = Date.parse('2026-01-01T00:00:00Z');
  const inbox = createMemoryInbox();
  return {
    deadLetters: createMemoryDeadLetters({ clock: { now: () => new Date(nowMs) }, inbox, takenForMs: 60_000 }),
    inbox,
    pass: async (ms) => {
      nowMs += ms;
    },
    dispose: async () => undefined,
  };
});
