import { CoverageServiceService } from '@odst/contracts/sync';
import type { ServiceConnection } from '@odst/grpc';
import type { Spread } from '../../app/ports.ts';

/** What a call may take beside what it waits for. */
const slackMs = 10_000;

/** The sync service as storage sees it. It may not run: storage does not need it but for this. */
export function createGrpcSpread(connection: ServiceConnection): Spread {
  const coverage = connection.client(CoverageServiceService);
  return {
    async check(goal) {
      await coverage.checkGoal({ goal });
    },
    async wait(head, { goal, waitMs }, signal) {
      const request = { heads: [head], goal, waitMs };
      const { heads, complete, missing } = await coverage.waitCoverage(request, { signal, timeoutMs: waitMs + slackMs });
      const { held = 0, of = 0 } = heads[0] ?? {};
      return { complete, held, of, missing: missing.map(({ iss, name, state, reason }) => ({ iss, name, state, reason })) };
    },
  };
}
