import type { EventSource } from '@odst/event-store';
import type { FaultPoint } from '@odst/kernel';
import type { PoolClient } from 'pg';
import type { Checkpoint } from '../checkpoint.ts';
import type { Projection } from '../projection.ts';
import type { RebuildRecord } from './rebuild-record.ts';

/** What a rebuild is made with. */
export type RebuildDeps = {
  /** The connection that holds the rebuild's lock. */
  readonly client: PoolClient;
  /** Of the live tables. */
  readonly schema: string;
  readonly source: EventSource;
  readonly projection: Projection;
  /** Of the live tables. */
  readonly checkpoint: Checkpoint;
  readonly record: RebuildRecord;
  /** Over which tables it may put its own: those of its version only, of lower ones too, or of any. */
  readonly over: RebuildOver;
  readonly faultPoint: FaultPoint;
};

/** Versions of live tables. */
export type RebuildOver = 'own' | 'lower' | 'any';

/** Events of one transaction. */
export const rebuildBatchSize = 500;
