import { inTransactionOn } from '@odst/postgres';
import { applyEvents, checkContiguous } from '../apply-events.ts';
import type { ProjectionTransaction } from '../projection.ts';
import { type RebuildDeps, rebuildBatchSize } from './rebuild-deps.ts';
import { besideSchema } from './rebuild-tables.ts';

/** Fills the tables beside the live ones with the next events. Gives the position; the same one when there are no more. */
export async function fillNext(deps: RebuildDeps, position: bigint): Promise<bigint> {
  const { client, schema, source, projection, record } = deps;
  const events = await source.readAll(position, rebuildBatchSize);
  const last = events.at(-1);
  if (last === undefined) return position;
  checkContiguous(events, position);
  const fill = async (transaction: ProjectionTransaction): Promise<void> => {
    await applyEvents(projection, transaction, events);
    await record.advance(transaction, projection.name, last.position);
  };
  await inTransactionOn(client, fill, { schema: besideSchema(schema, projection.name) });
  return last.position;
}
