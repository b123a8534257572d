import { type BusMessage, type CloudEvent, gapBefore, type LastPublished, overtaken } from '@odst/event-bus';
import { OdstError } from '@odst/kernel';
import type { Queryable } from '@odst/postgres';
import { runStatement } from './statement.ts';

type MessageRow = { readonly position: string; readonly key: string; readonly event: CloudEvent };
type PublishRow = {
  readonly outcome: 'published' | 'overtaken' | 'gap';
  readonly known_fence: string;
  readonly last_position: string;
};

/** Topics and what is in them. */
export interface MessageTable {
  /** @throws OdstError COMMON_COMMAND_CONFLICT when overtaken, or for a gap */
  publish(topic: string, fence: bigint, messages: readonly BusMessage[]): Promise<void>;
  /** Position of the last message of each topic that has one. */
  lastPositions(runner: Queryable, topics: readonly string[]): Promise<ReadonlyMap<string, bigint>>;
  /** What was published last to a topic. */
  last(topic: string): Promise<LastPublished>;
  read(topic: string, after: bigint, limit: number): Promise<readonly BusMessage[]>;
  readAt(topic: string, positions: readonly bigint[]): Promise<readonly BusMessage[]>;
}

/** Builds the statements on the messages of a schema. @param schema checked by the caller */
export function createMessageTable(pool: Queryable, schema: string): MessageTable {
  const columns = `SELECT position, key, event FROM "${schema}".messages`;
  const select = async (
    name: string,
    rest: string,
    topic: string,
    values: readonly unknown[],
  ): Promise<readonly BusMessage[]> => {
    const rows = await runStatement<MessageRow>(pool, `${name} ${schema}`, `${columns} ${rest}`, [topic, ...values]);
    return rows.map(({ position, key, event }) => ({ topic, key, position: BigInt(position), event }));
  };
  return {
    async publish(topic, fence, messages) {
      const text = `SELECT * FROM "${schema}".publish($1, $2, $3, $4, $5)`;
      const [row] = await runStatement<PublishRow>(pool, `publish ${schema}`, text, [
        topic,
        fence,
        messages.map(({ position }) => position),
        messages.map(({ key }) => key),
        messages.map(({ event }) => JSON.stringify(event)),
      ]);
      if (row === undefined) throw new OdstError('COMMON_INTERNAL', 'publishing had no outcome');
      if (row.outcome === 'overtaken') throw overtaken(fence, BigInt(row.known_fence));
      if (row.outcome === 'gap') throw gapBefore(messages[0]?.position ?? 0n, BigInt(row.last_position));
    },
    async lastPositions(runner, topics) {
      const text = `SELECT topic, position FROM unnest($1::text[]) AS topics (topic),
        LATERAL (SELECT max(m.position) AS position FROM "${schema}".messages m WHERE m.topic = topics.topic) last
        WHERE position IS NOT NULL`;
      type Row = { topic: string; position: string };
      const rows = await runStatement<Row>(runner, `last positions ${schema}`, text, [topics]);
      return new Map(rows.map(({ topic, position }) => [topic, BigInt(position)]));
    },
    async last(topic) {
      // The id is taken out here: PostgreSQL reads no event in which some text has a \\u0000.
      const [last] = await select('last message', 'WHERE topic = $1 ORDER BY position DESC LIMIT 1', topic, []);
      return { position: last?.position ?? 0n, eventId: last?.event.id };
    },
    read: (topic, after, limit) =>
      select('read messages', 'WHERE topic = $1 AND position > $2 ORDER BY position LIMIT $3', topic, [after, limit]),
    readAt: (topic, positions) =>
      select('read messages at', 'WHERE topic = $1 AND position = ANY($2) ORDER BY position', topic, [positions]),
  };
}
