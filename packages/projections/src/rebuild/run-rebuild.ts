import { pause } from '@odst/async';
import { execute, inTransactionOn, type Statement } from '@odst/postgres';
import { fillNext } from './fill-next.ts';
import { type RebuildDeps, rebuildBatchSize } from './rebuild-deps.ts';
import { trySwitch } from './try-switch.ts';

/** How long to leave readers of the live tables alone before they are asked to make room again. */
const lockRetryMs = 2_000;
/** The one statement of a rebuild that takes longer than a pool waits: how long depends on the tables and the disk. */
const analyzeTimeoutMs = 600_000;

/**
 * Fills the tables beside the live ones from the first event on, and switches over. The live tables are untouched until then.
 * @throws AbortError when `stopping` is aborted before the switch
 */
export async function runRebuild(deps: RebuildDeps, stopping: AbortSignal): Promise<void> {
  const { client, schema, projection, faultPoint } = deps;
  let position = 0n;
  let analyzed = false;
  for (;;) {
    stopping.throwIfAborted();
    const filled = await fillNext(deps, position);
    await faultPoint('projections.rebuild-filled');
    const more = filled - position === BigInt(rebuildBatchSize);
    position = filled;
    if (more) continue;
    if (!analyzed) {
      const analyze: Statement = {
        text: 'SELECT analyze_projection_rebuild($1)',
        values: [projection.name],
        timeoutMs: analyzeTimeoutMs,
      };
      await inTransactionOn(client, (transaction) => execute(transaction, analyze), { schema });
      analyzed = true;
      continue;
    }
    const outcome = await trySwitch(deps, position);
    if (outcome === 'switched') return;
    if (outcome === 'locked') await pause(lockRetryMs, stopping);
  }
}
