import { leaseContract } from '../../src/contract/index.ts';
import { createMemoryLease } from '../../src/index.ts';

leaseContract('memory', async () => {
  let nowMs = 0;
  const lease = createMemoryLease({ clock: { now: () => new Date(nowMs) }, ttlMs: 1_000 });
  return {
    lease,
    another: lease,
    expire: () => {
      nowMs += 1_000;
    },
    dispose: async () => undefined,
  };
});
