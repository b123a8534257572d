import type { EventSource } from '@odst/event-store';
import { inTransaction } from '@odst/postgres';
import type { Pool } from 'pg';
import { applyEvents, checkContiguous } from './apply-events.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Projection, ProjectionTransaction } from './projection.ts';

/** What a step needs. */
export type StepDeps = {
  readonly pool: Pool;
  readonly schema: string;
  readonly source: EventSource;
  readonly projection: Projection;
  readonly checkpoint: Checkpoint;
};

/** What a step did. */
export type Step =
  /** The rows are at this position now; there may be more events. */
  | { readonly kind: 'moved'; readonly position: bigint }
  /** There are no events. */
  | { readonly kind: 'idle' }
  /** Another process applies. */
  | { readonly kind: 'busy' };

/** Applies up to `limit` events after `known`, the position that this process believes the checkpoint to have. */
export async function applyNext(deps: StepDeps, known: bigint, limit: number): Promise<Step> {
  const events = await deps.source.readAll(known, limit);
  const last = events.at(-1);
  if (last === undefined) return { kind: 'idle' };
  checkContiguous(events, known);
  const step = async (transaction: ProjectionTransaction): Promise<Step> => {
    const actual = await deps.checkpoint.lock(transaction);
    if (actual === undefined) return { kind: 'busy' };
    if (actual !== known) return { kind: 'moved', position: actual };
    await applyEvents(deps.projection, transaction, events);
    await deps.checkpoint.advance(transaction, last.position);
    return { kind: 'moved', position: last.position };
  };
  return inTransaction(deps.pool, step, { schema: deps.schema });
}
