import type { MemoryTransaction } from '@odst/event-store';
import { inboxContract } from '../../src/contract/index.ts';
import { createMemoryInbox } from '../../src/index.ts';

inboxContract<MemoryTransaction>('memory', async () => {
  const notes: string[] = [];
  return {
    inbox: createMemoryInbox(),
    notes: {
      write: async (transaction, note) => transaction.afterCommit(() => void notes.push(note)),
      read: async () => notes,
    },
    dispose: async () => undefined,
  };
});
