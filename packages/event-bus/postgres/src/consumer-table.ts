import type { CloudEvent, GroupInTopic, Progress, Subscription } from '@odst/event-bus';
import { type Queryable, tryLock, unlock } from '@odst/postgres';
import { runStatement } from './statement.ts';

/** How far the groups are, and which session delivers to each. */
export interface ConsumerTable {
  /** Notes where a group without history begins. */
  join(runner: Queryable, at: GroupInTopic, from: NonNullable<Subscription['from']>): Promise<void>;
  /** Undefined for a group without history. */
  progress(runner: Queryable, at: GroupInTopic): Promise<Progress | undefined>;
  /** Never moves a group back. */
  save(runner: Queryable, at: GroupInTopic, progress: Progress): Promise<void>;
  /** When the first message was recorded that the group is not done with, by topic. */
  oldestUndone(runner: Queryable, group: string, topics: readonly string[]): Promise<ReadonlyMap<string, Date>>;
  /** Makes the runner's session the one that delivers the topic to the group; false while another is. */
  tryLock(runner: Queryable, at: GroupInTopic): Promise<boolean>;
  unlock(runner: Queryable, at: GroupInTopic): Promise<void>;
}

type ConsumerRow = { readonly position: string; readonly waiting: readonly string[] };

/** Builds the statements on the consumers of a schema. @param schema checked by the caller */
export function createConsumerTable(schema: string): ConsumerTable {
  const lockName = ({ group, topic }: GroupInTopic): string => ['odst.consumer', schema, group, topic].join('\n');
  return {
    async join(runner, { group, topic }, from) {
      const last = `coalesce((SELECT max(position) FROM "${schema}".messages WHERE topic = $2), 0)`;
      const text = `INSERT INTO "${schema}".consumers (group_name, topic, position)
        VALUES ($1, $2, CASE WHEN $3 THEN ${last} ELSE 0 END) ON CONFLICT (group_name, topic) DO NOTHING`;
      await runStatement(runner, `join group ${schema}`, text, [group, topic, from === 'latest']);
    },
    async progress(runner, { group, topic }) {
      const text = `SELECT position, waiting FROM "${schema}".consumers WHERE group_name = $1 AND topic = $2`;
      const [row] = await runStatement<ConsumerRow>(runner, `progress ${schema}`, text, [group, topic]);
      return row === undefined ? undefined : { position: BigInt(row.position), waiting: row.waiting.map(BigInt) };
    },
    async save(runner, { group, topic }, { position, waiting }) {
      const text = `INSERT INTO "${schema}".consumers AS known (group_name, topic, position, waiting) VALUES ($1, $2, $3, $4)
        ON CONFLICT (group_name, topic) DO UPDATE SET position = excluded.position, waiting = excluded.waiting
        WHERE known.position <= excluded.position`;
      await runStatement(runner, `save progress ${schema}`, text, [group, topic, position, waiting]);
    },
    async oldestUndone(runner, group, topics) {
      const text = `SELECT topic, m.event FROM "${schema}".consumers c
        JOIN "${schema}".messages m USING (topic)
        WHERE c.group_name = $1 AND topic = ANY($2) AND m.position = coalesce(c.waiting[1], c.position + 1)`;
      type Row = { topic: string; event: CloudEvent };
      const rows = await runStatement<Row>(runner, `oldest undone ${schema}`, text, [group, topics]);
      return new Map(rows.map(({ topic, event }) => [topic, new Date(event.time)]));
    },
    tryLock: (connection, at) => tryLock(connection, lockName(at)),
    unlock: (connection, at) => unlock(connection, lockName(at)),
  };
}
