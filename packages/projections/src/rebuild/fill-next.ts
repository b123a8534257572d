import { applyEvents, checkContiguous } from '../apply-events.ts';
import { inSchemaOn } from '../transaction.ts';
import { type RebuildDeps, rebuildBatchSize } from './rebuild-deps.ts';
import { besideSchema } from './rebuild-tables.ts';

/** Fills the tables beside the live ones with the next events. Gives the position; the same one when there are no more. */
export async function fillNext(deps: RebuildDeps, position: bigint): Promise<bigint> {
  const { client, schema, source, projection, record } = deps;
  const events = await source.readAll(position, rebuildBatchSize);
  const last = events.at(-1);
  if (last === undefined) return position;
  checkContiguous(events, position);
  await inSchemaOn(client, besideSchema(schema, projection.name), async (transaction) => {
    await applyEvents(projection, transaction, events);
    await record.advance(transaction, projection.name, last.position);
  });
  return last.position;
}
