import { deadLettersContract } from '../../src/contract/index.ts';
import { createMemoryDeadLetters } from '../../src/index.ts';

deadLettersContract('memory', async () => ({
  deadLetters: createMemoryDeadLetters({ clock: { now: () => new Date('2026-01-01T00:00:00Z') } }),
  dispose: async () => undefined,
}));
