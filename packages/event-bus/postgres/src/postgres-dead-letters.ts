import {
  type BusMessage,
  beingRetried,
  checkSkipReason,
  type DeadLetter,
  type DeadLetters,
  notFirst,
  type ParkedKey,
} from '@odst/event-bus';
import type { Clock } from '@odst/kernel';
import {
  checkedSchema,
  execute,
  inTransaction,
  lockUntilEnd,
  type PostgresTransaction,
  type Queryable,
  queryRows,
} from '@odst/postgres';
import type { Pool } from 'pg';
import { type DeadLetterRow, deadLetterColumns, letterOfRow } from './dead-letter-row.ts';
import { inboxMark } from './inbox-mark.ts';

type Lane = Pick<DeadLetter, 'consumer' | 'topic' | 'key'>;
type FirstRow = DeadLetterRow & { readonly taken: boolean };
type ParkedRow = DeadLetterRow & { readonly waiting: string };

/**
 * Builds the dead letters of one service, in the schema in which {@link eventBusServiceMigrations} ran.
 * @param deps.takenForMs default 60,000
 * @throws OdstError COMMON_SETTING_INVALID for a schema that is no plain name
 */
export function createPostgresDeadLetters(deps: {
  readonly pool: Pool;
  readonly schema: string;
  readonly clock: Clock;
  readonly takenForMs?: number;
}): DeadLetters {
  const { pool, clock, takenForMs = 60_000 } = deps;
  const schema = checkedSchema(deps.schema);
  const table = `"${schema}".dead_letters`;
  const store = createStatements({ pool, schema, table });
  const takeNow = `UPDATE ${table} SET taken_until = clock_timestamp() + $2 * interval '1 millisecond' WHERE id = $1`;

  return {
    takenForMs,
    async park(consumer, message, { tries, error }) {
      await store.alone({ consumer, ...message }, async (transaction) => {
        await store.insert(transaction, consumer, message, ['failed', tries, error, clock.now()]);
      });
    },
    async parkBehind(consumer, message) {
      const lane = { consumer, ...message };
      // Hardly ever is anything parked, so this is asked without a lock first.
      if ((await store.first(pool, lane)) === undefined) return false;
      return store.alone(lane, async (transaction) => {
        if ((await store.first(transaction, lane)) === undefined) return false;
        await store.insert(transaction, consumer, message, ['waiting', 0, '', clock.now()]);
        return true;
      });
    },
    list: ({ consumer, state, after = 0, limit = 100 } = {}) =>
      store.select(
        `WHERE id > $1 AND ($2::text IS NULL OR consumer = $2) AND CASE WHEN $3::text IS NULL THEN state <> 'skipped' ELSE state = $3 END
         ORDER BY id LIMIT $4`,
        [after, consumer ?? null, state ?? null, limit],
      ),
    parked: ({ after = 0, limit = 100 } = {}) => store.parked(after, limit),
    count: () => store.number(`SELECT count(*) AS number FROM ${table} WHERE state <> 'skipped'`),
    countBehind: ({ consumer, topic, key, position }) =>
      store.number(
        `SELECT count(*) AS number FROM ${table} WHERE consumer = $1 AND topic = $2 AND key = $3 AND position > $4 AND state <> 'skipped'`,
        [consumer, topic, key, position],
      ),
    find: async (id) => (await store.select('WHERE id = $1', [id]))[0],
    lastId: () => store.number(`SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('${table}', 'id')), 0) AS number`),
    take: (letter) =>
      store.alone(letter, async (transaction) => {
        const first = await store.first(transaction, letter);
        if (first === undefined) return undefined;
        if (first.taken) throw beingRetried(letterOfRow(first));
        await execute(transaction, takeNow, [first.id, takenForMs]);
        return letterOfRow(first);
      }),
    async renew({ id }) {
      await execute(pool, `${takeNow} AND taken_until IS NOT NULL`, [id, takenForMs]);
    },
    settle: (letter) =>
      store.alone(letter, async (transaction) => {
        await execute(transaction, `DELETE FROM ${table} WHERE id = $1`, [letter.id]);
      }),
    putBack: (letter, { tries, error }) =>
      store.alone(letter, async (transaction) => {
        const text = `UPDATE ${table} SET state = 'failed', tries = $2, error = $3, taken_until = NULL WHERE id = $1`;
        await execute(transaction, text, [letter.id, tries, error]);
      }),
    async skip(letter, { by, reason }) {
      checkSkipReason(reason);
      await store.alone(letter, async (transaction) => {
        const first = await store.first(transaction, letter);
        if (first === undefined || Number(first.id) !== letter.id) throw notFirst(letter);
        if (first.taken) throw beingRetried(letter);
        const text = `UPDATE ${table} SET state = 'skipped', skipped_by = $2, skip_reason = $3, skipped_at = $4 WHERE id = $1`;
        await execute(transaction, text, [letter.id, by, reason, clock.now()]);
        await execute(transaction, inboxMark(schema, letter.consumer, letter));
      });
    },
  };
}

function createStatements({ pool, schema, table }: { readonly pool: Pool; readonly schema: string; readonly table: string }) {
  return {
    /** Runs `work` in a transaction while nobody else changes the letters of the key. */
    alone: <T>({ consumer, topic, key }: Lane, work: (transaction: PostgresTransaction) => Promise<T>): Promise<T> =>
      inTransaction(pool, async (transaction) => {
        await lockUntilEnd(transaction, ['odst.dead-letters', schema, consumer, topic, key].join('\n'));
        return work(transaction);
      }),
    /** The first letter of the key that nobody skipped. */
    async first(runner: Queryable, { consumer, topic, key }: Lane): Promise<FirstRow | undefined> {
      const text = `SELECT ${deadLetterColumns}, coalesce(taken_until > clock_timestamp(), false) AS taken FROM ${table}
          WHERE consumer = $1 AND topic = $2 AND key = $3 AND state <> 'skipped' ORDER BY position LIMIT 1`;
      const [first] = await queryRows<FirstRow>(runner, { name: `first letter ${schema}`, text, values: [consumer, topic, key] });
      return first;
    },
    async insert(
      transaction: PostgresTransaction,
      consumer: string,
      message: BusMessage,
      rest: readonly unknown[],
    ): Promise<void> {
      const { topic, key, position, event } = message;
      await execute(
        transaction,
        `INSERT INTO ${table} (consumer, topic, key, position, event, state, tries, error, parked_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (consumer, topic, position) DO NOTHING`,
        [consumer, topic, key, position, JSON.stringify(event), ...rest],
      );
    },
    async select(rest: string, values: readonly unknown[]): Promise<readonly DeadLetter[]> {
      const rows = await queryRows<DeadLetterRow>(pool, `SELECT ${deadLetterColumns} FROM ${table} ${rest}`, values);
      return rows.map(letterOfRow);
    },
    async parked(after: number, limit: number): Promise<readonly ParkedKey[]> {
      const behind = (letter: string, than: string) => `FROM ${table} other WHERE other.consumer = ${letter}.consumer
          AND other.topic = ${letter}.topic AND other.key = ${letter}.key AND other.state <> 'skipped' AND other.position ${than} ${letter}.position`;
      const rows = await queryRows<ParkedRow>(
        pool,
        `SELECT first.*, (SELECT count(*) ${behind('first', '>')}) AS waiting
           FROM (SELECT ${deadLetterColumns} FROM ${table} letter
             WHERE id > $1 AND state <> 'skipped' AND NOT EXISTS (SELECT ${behind('letter', '<')}) ORDER BY id LIMIT $2) first
           ORDER BY first.id`,
        [after, limit],
      );
      return rows.map((row) => ({ first: letterOfRow(row), waiting: Number(row.waiting) }));
    },
    async number(text: string, values: readonly unknown[] = []): Promise<number> {
      const [row] = await queryRows<{ number: string }>(pool, text, values);
      return Number(row?.number ?? 0);
    },
  };
}
