import { eventStoreContract } from '../../src/contract/index.ts';
import { createMemoryEventStore, type MemoryTransaction } from '../../src/index.ts';

eventStoreContract<MemoryTransaction>('memory', async () => {
  const written: string[] = [];
  return {
    store: createMemoryEventStore({ clock: { now: () => new Date() } }),
    notes: {
      write: async (transaction, note) => transaction.afterCommit(() => void written.push(note)),
      read: async () => written,
    },
    dispose: async () => undefined,
  };
});
