import { escapeIdentifier, execute, inTransactionOn, sqlStateOf } from '@odst/postgres';
import { applyEvents, checkContiguous } from '../apply-events.ts';
import type { ProjectionTransaction } from '../projection.ts';
import { type RebuildDeps, rebuildBatchSize } from './rebuild-deps.ts';
import { besideSchema, switchTables } from './rebuild-tables.ts';

/** What an attempt to switch over led to. */
export type SwitchOutcome =
  | 'switched'
  /** The live tables are so far ahead that they would stand still for too long: fill on. */
  | 'behind'
  /** Somebody reads the live tables in a long transaction, as a backup does: try again later. */
  | 'locked';

/** How long the live tables may stand still for a batch under way to end. */
const checkpointTimeoutMs = 5_000;
/** How long those who read the live tables may have to wait. */
const tablesTimeoutMs = 200;
/** PostgreSQL's lock_not_available. */
const lockNotAvailable = '55P03';

/**
 * Puts the tables beside the live ones, filled up to `position`, in their place, in one transaction: it holds the live checkpoint,
 * takes the events that are missing up to there, and exchanges the tables. Where the live ones are behind, their checkpoint moves
 * on; where they are those of another version, this one takes over, if it may.
 * @throws Error when it may not, or the tables were changed meanwhile
 */
export async function trySwitch(deps: RebuildDeps, position: bigint): Promise<SwitchOutcome> {
  const { client, schema, projection, checkpoint, record, faultPoint } = deps;
  const attempt = async (transaction: ProjectionTransaction): Promise<SwitchOutcome> => {
    await execute(transaction, `SET LOCAL lock_timeout = ${checkpointTimeoutMs}`);
    const live = await checkpoint.hold(transaction);
    if (typeof live !== 'bigint') requireRight(deps, live);
    const reached = typeof live === 'bigint' && live > position ? live : position;
    if (reached - position > BigInt(rebuildBatchSize)) return 'behind';
    await applyMissing(deps, transaction, position, reached);
    await switchTables(transaction, schema, projection, tablesTimeoutMs);
    if (typeof live === 'bigint') await checkpoint.advance(transaction, reached);
    else await checkpoint.takeOver(transaction, reached);
    await record.advance(transaction, projection.name, reached);
    await record.end(transaction, projection.name, 'done', '');
    await faultPoint('projections.rebuild-switching');
    return 'switched';
  };
  try {
    return await inTransactionOn(client, attempt, { schema });
  } catch (error) {
    if (sqlStateOf(error) === lockNotAvailable) return 'locked';
    throw error;
  }
}

function requireRight({ over, projection }: RebuildDeps, standing: 'first' | 'lower' | 'higher'): void {
  if (over === 'any' || (over === 'lower' && standing !== 'higher')) return;
  throw new Error(`another version than ${projection.version} of the projection ${projection.name} has taken over`);
}

async function applyMissing(
  deps: RebuildDeps,
  transaction: ProjectionTransaction,
  position: bigint,
  live: bigint,
): Promise<void> {
  if (live <= position) return;
  const { schema, source, projection } = deps;
  const events = await source.readAll(position, Number(live - position));
  checkContiguous(events, position);
  if (events.at(-1)?.position !== live) throw new Error(`the source does not give event ${live}, which the live tables show`);
  await execute(transaction, `SET LOCAL search_path TO ${escapeIdentifier(besideSchema(schema, projection.name))}`);
  await applyEvents(projection, transaction, events);
  await execute(transaction, `SET LOCAL search_path TO ${escapeIdentifier(schema)}`);
}
