import { createAutoResetEvent, createBackoff, pause } from '@odst/async';
import type { EventSource } from '@odst/event-store';
import { inTransaction } from '@odst/postgres';
import type { Logger } from '@odst/telemetry';
import type { Pool } from 'pg';
import { applyNext, type Step } from './apply-next.ts';
import { createCheckpoint } from './checkpoint.ts';
import { createProgress, type Progress } from './progress.ts';
import type { Projection } from './projection.ts';
import type { StartedProjection } from './projection-runner.ts';
import { createRetry } from './retry.ts';
import { createWaiters, defaultWaitMs } from './waiters.ts';

/** Events of one transaction. */
const batchSize = 500;
/** Longest time between two looks for events. The source tells of them, and looks itself for those that nobody told of. */
const idleLookMs = 30_000;
/** The same while another process applies, or another version has the tables: nobody tells of the end of that, and it may be hours away. */
const busyLook = { firstMs: 500, mostMs: 5_000 };
/** How often a waiting caller looks for what another process applied. */
const followIntervalMs = 25;

/** What a projection is run with. */
export type ProjectionOptions = {
  /** Connections of the service: one while events are applied. */
  readonly pool: Pool;
  /** Schema of the projection's tables, in which {@link projectionMigrations} ran. */
  readonly schema: string;
  readonly source: EventSource;
  readonly projection: Projection;
  readonly logger: Logger;
};

/**
 * Starts to keep a projection up to date: rows and checkpoint in one transaction, so that each event takes effect once. Where
 * several processes run the same projection, one at a time applies. An event that fails is logged and tried again, after
 * 100 ms doubled up to 5 s, for ever; those before it are applied, none is skipped. After a batch that failed its events are
 * taken one by one, so that all before the one that fails are applied, and the log names it. While the tables hold the rows of another
 * version, it waits for those of its own, and lets callers wait. Disposing waits for the batch under way.
 * @throws OdstError COMMON_DATABASE_UNAVAILABLE when the checkpoint cannot be read
 */
export async function startProjection(options: ProjectionOptions): Promise<StartedProjection> {
  const { pool, schema, source, projection } = options;
  const checkpoint = createCheckpoint(pool, schema, projection);
  const standing = await checkpoint.standing();
  // Without tables there is nothing to build beside others.
  const beginsNow = standing === 'first' || (standing !== 'begun' && (projection.tables ?? []).length === 0);
  if (beginsNow) await inTransaction(pool, (transaction) => checkpoint.begin(transaction), { schema });
  const start = await checkpoint.read();
  const waiters = createWaiters(projection.name);
  const progress = createProgress(checkpoint, waiters, start);
  const wake = createAutoResetEvent();
  const stop = new AbortController();
  const retry = createRetry(options.logger.child({ projection: projection.name }), stop.signal);
  const busy = createBackoff(busyLook);
  let begun = beginsNow || standing === 'begun';

  const step = async (): Promise<Step | undefined> => {
    const known = progress.position();
    const limit = retry.isDoubtful(known + 1n) ? 1 : batchSize;
    try {
      begun ||= (await checkpoint.standing()) === 'begun';
      if (!begun) return { kind: 'busy' };
      const done = await applyNext({ pool, schema, source, projection, checkpoint }, known, limit);
      if (done.kind === 'moved') retry.passed(done.position);
      // Where no event is, it was the look for one that had failed.
      if (done.kind === 'idle') retry.passed(known + 1n);
      return done;
    } catch (error) {
      await retry.failed(error, known + 1n, known + BigInt(limit));
      return undefined;
    }
  };

  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const done = await step();
      if (done?.kind !== 'busy') busy.reset();
      if (done?.kind === 'moved') progress.moveTo(done.position);
      else if (done !== undefined) await wake.wait(stop.signal, done.kind === 'idle' ? idleLookMs : busy.nextMs());
    }
  };

  const lookSoon = (): void => {
    busy.reset();
    wake.set();
  };

  const listening = source.onAppended(() => wake.set());
  const running = run();

  return {
    name: projection.name,
    failure: () => retry.failure(),
    async waitFor(position, timeoutMs = defaultWaitMs({ isBegun: begun, isFailing: retry.failure() !== undefined })) {
      if (progress.position() >= position) return;
      lookSoon();
      const over = new AbortController();
      void followUntil(progress, over.signal);
      try {
        await waiters.wait(position, timeoutMs);
      } finally {
        over.abort();
      }
    },
    look: lookSoon,
    async position() {
      await progress.follow();
      return progress.position();
    },
    async lag() {
      await progress.follow();
      const behind = (await source.lastPosition()) - progress.position();
      return behind > 0n ? behind : 0n;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      listening[Symbol.dispose]();
      waiters.close();
      await running;
    },
  };
}

/** Keeps looking for what another process applied. */
async function followUntil(progress: Progress, reached: AbortSignal): Promise<void> {
  while (!reached.aborted) {
    await pause(followIntervalMs, reached);
    // What it cannot read now it reads next time, or the deadline comes.
    if (!reached.aborted) await progress.follow().catch(() => undefined);
  }
}
