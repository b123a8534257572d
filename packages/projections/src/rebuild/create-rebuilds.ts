import type { EventSource } from '@odst/event-store';
import { type FaultPoint, OdstError } from '@odst/kernel';
import { execute, inTransactionOn, type LockedConnection, translateDatabaseError, tryLockedConnection } from '@odst/postgres';
import type { Logger } from '@odst/telemetry';
import type { Pool } from 'pg';
import { createCheckpoint } from '../checkpoint.ts';
import type { Projection, ProjectionTransaction } from '../projection.ts';
import { messageOf } from '../projection-runner.ts';
import type { RebuildOver } from './rebuild-deps.ts';
import { createRebuildRecord, type RecordedRebuild, rebuildLockName } from './rebuild-record.ts';
import { beginRebuild } from './rebuild-tables.ts';
import { runRebuild } from './run-rebuild.ts';

/** What rebuilds are made with. */
export type RebuildsDeps = {
  readonly pool: Pool;
  readonly schema: string;
  readonly source: EventSource;
  readonly logger: Logger;
  readonly faultPoint: FaultPoint;
  /** Told when a projection's tables are exchanged, and its checkpoint may have moved. */
  readonly onSwitched: (projection: Projection) => void;
};

/** The rebuilds of a schema, by this process and others. Disposing breaks off those of this process. */
export interface Rebuilds extends AsyncDisposable {
  /**
   * Begins a rebuild, which goes on by itself.
   * @param over see {@link RebuildDeps}
   * @throws OdstError COMMON_PROJECTION_HELD when something in the database hangs on its tables
   * @throws OdstError COMMON_PROJECTION_REBUILDING while one of this projection runs, here or in another process
   */
  start(projection: Projection, over: RebuildOver): Promise<void>;
  /** The last rebuilds, by name of the projection. */
  read(): Promise<ReadonlyMap<string, RecordedRebuild>>;
  /** Removes what rebuilds left whose process is gone. */
  removeLeftovers(): Promise<void>;
}

/** Builds the rebuilds of a schema. */
export function createRebuilds(deps: RebuildsDeps): Rebuilds {
  const { pool, schema } = deps;
  const record = createRebuildRecord(pool, schema);
  const stop = new AbortController();
  const running = new Set<Promise<void>>();

  const end = (lock: LockedConnection, name: string, state: 'failed' | 'interrupted', error: string): Promise<void> =>
    inTransactionOn(
      lock.client,
      async (transaction) => {
        await execute(transaction, 'SELECT drop_projection_rebuild($1)', [name]);
        await record.end(transaction, name, state, error);
      },
      { schema },
    );

  const run = async (projection: Projection, over: RebuildOver, lock: LockedConnection): Promise<void> => {
    const { name } = projection;
    const logger = deps.logger.child({ projection: name });
    await using held = lock;
    try {
      const checkpoint = createCheckpoint(pool, schema, projection);
      await runRebuild({ ...deps, client: held.client, projection, over, checkpoint, record }, stop.signal);
      logger.info('a projection was rebuilt and switched over');
      await deps.faultPoint('projections.rebuild-switched');
      deps.onSwitched(projection);
    } catch (error) {
      const stopped = stop.signal.aborted;
      if (stopped) logger.info('a rebuild was broken off by the stop of the service');
      else logger.error({ err: error }, 'a rebuild failed; the live tables are as they were');
      await end(held, name, stopped ? 'interrupted' : 'failed', stopped ? '' : messageOf(error)).catch((unended: unknown) =>
        logger.warn({ err: unended }, 'what the rebuild left is removed later'),
      );
    }
  };

  const begin = async (projection: Projection, lock: LockedConnection): Promise<void> => {
    try {
      const make = async (transaction: ProjectionTransaction): Promise<void> => {
        await beginRebuild(transaction, schema, projection);
        await record.begin(transaction, projection);
      };
      await inTransactionOn(lock.client, make, { schema });
      await deps.faultPoint('projections.rebuild-begun');
    } catch (error) {
      await lock[Symbol.asyncDispose]();
      throw translateDatabaseError(error);
    }
  };

  return {
    read: () => record.read(),
    async start(projection, over) {
      const { name } = projection;
      const lock = await tryLockedConnection(pool, rebuildLockName(schema, name));
      if (lock === undefined)
        throw new OdstError('COMMON_PROJECTION_REBUILDING', `the projection ${name} is being rebuilt`, { projection: name });
      await begin(projection, lock);
      const rebuild = run(projection, over, lock).finally(() => running.delete(rebuild));
      running.add(rebuild);
    },
    async removeLeftovers() {
      for (const name of await record.running()) {
        await using lock = await tryLockedConnection(pool, rebuildLockName(schema, name));
        // Whoever ended meanwhile has said so in its row before it gave the lock back.
        if (lock === undefined || !(await record.running()).includes(name)) continue;
        await end(lock, name, 'interrupted', '');
        deps.logger.warn({ projection: name }, 'removed what a rebuild left whose process is gone');
      }
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await Promise.all(running);
    },
  };
}
