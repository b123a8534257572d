import type { Inbox } from '@odst/event-bus';
import { checkedSchema, inTransaction, isConnectionLoss, type PostgresTransaction, translateDatabaseError } from '@odst/postgres';
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
    async once(consumer, message, effect) {
      const refusals = new Set<unknown>();
      try {
        return await inTransaction(pool, async (transaction) => {
          // Whoever comes second for the key waits here, and then finds it done.
          const { rowCount } = await transaction.query(inboxMark(schema, consumer, message));
          if (rowCount === 0) return { commit: false, value: false };
          await effect(transaction).catch((error: unknown) => {
            refusals.add(error);
            throw error;
          });
          return { commit: true, value: true };
        });
      } catch (error) {
        throw refusals.has(error) && !isConnectionLoss(error) ? error : translateDatabaseError(error);
      }
    },
    async isDone(consumer, message) {
      const text = `SELECT FROM ${table} WHERE consumer = $1 AND topic = $2 AND key = $3 AND position >= $4`;
      try {
        const { rowCount } = await pool.query({ name: `read inbox ${schema}`, text, values: inboxValues(consumer, message) });
        return rowCount === 1;
      } catch (error) {
        throw translateDatabaseError(error);
      }
    },
    async markDone(consumer, message) {
      try {
        await pool.query(inboxMark(schema, consumer, message));
      } catch (error) {
        throw translateDatabaseError(error);
      }
    },
  };
}
