import type { Inbox } from '@odst/event-bus';
import { checkedSchema, execute, inTransaction, type PostgresTransaction } from '@odst/postgres';
import type { Pool } from 'pg';
import { inboxMark, inboxValues } from './inbox-mark.ts';

/**
 * Builds the inbox of one service, in the schema in which {@link eventBusServiceMigrations} ran. `once` holds one
 * connection of the pool while the effect runs, so an effect writes through its transaction and waits for nobody else.
 * @throws OdstError COMMON_SETTING_INVALID for a schema that is no plain name
 */
export function createInbox(pool: Pool, schema: string): Inbox<PostgresTransaction> {
  const table = `"${checkedSchema(schema)}".inbox`;

  return {
    once: (consumer, message, effect) =>
      inTransaction(pool, async (transaction) => {
        // Whoever comes second for the key waits here, and then finds it done.
        if ((await execute(transaction, inboxMark(schema, consumer, message))) === 0) return false;
        await effect(transaction);
        return true;
      }),
    async isDone(consumer, message) {
      const text = `SELECT FROM ${table} WHERE consumer = $1 AND topic = $2 AND key = $3 AND position >= $4`;
      return (await execute(pool, { name: `read inbox ${schema}`, text, values: inboxValues(consumer, message) })) === 1;
    },
    async markDone(consumer, message) {
      await execute(pool, inboxMark(schema, consumer, message));
    },
  };
}
