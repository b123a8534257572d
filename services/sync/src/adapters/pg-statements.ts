import type { Heartbeat, HoldingsStatement, WriterStatement } from '@odst/contracts/sync';
import { execute, inTransaction, type PostgresTransaction, queryRows } from '@odst/postgres';
import type { Pool } from 'pg';
import type { HeardStatement, StatementStore } from '../app/holdings-ports.ts';
import { newestOf, subjectOfStatement, writerSubject } from '../domain/holdings.ts';

/** A row of the table `statements`. */
export type StatementRow = {
  readonly iss: string;
  readonly shard: number | null;
  readonly epoch: string | null;
  readonly last_stamp: string | null;
  readonly floor: string | null;
  readonly stamp: string;
  readonly entries: Buffer;
  readonly signature: Buffer;
  readonly heard_at: Date;
};

/** Of the table, but for the subject. */
export const statementColumns = 'iss, shard, epoch, last_stamp, floor, stamp, entries, signature, heard_at';
/** Behind all entries. */
const lastPosition = '9223372036854775807';
const lockHead = 'SELECT FROM feed_head FOR UPDATE';
const selectKnown = `SELECT ${statementColumns} FROM statements WHERE subject = ANY ($1)`;
const takeNext = 'UPDATE feed_head SET position = position + $1 RETURNING position';
const putStatements = `
  INSERT INTO statements (subject, ${statementColumns})
  SELECT * FROM unnest($1::text[], $2::text[], $3::smallint[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bytea[], $9::bytea[],
    $10::timestamptz[])
  ON CONFLICT (subject) DO UPDATE
    SET epoch = excluded.epoch, last_stamp = excluded.last_stamp, floor = excluded.floor, stamp = excluded.stamp, entries = excluded.entries, signature = excluded.signature,
        heard_at = least(greatest(statements.heard_at, excluded.heard_at), excluded.heard_at + interval '1 minute')`;
const putEntries = `
  INSERT INTO feed (kind, subject, position, source_position) SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[])
  ON CONFLICT (kind, subject) DO UPDATE SET position = excluded.position, source_position = excluded.source_position`;

/** Builds what servers said of themselves in PostgreSQL. @param pool connections with `search_path` set to sync's schema */
export function createPgStatements(pool: Pool): StatementStore {
  return {
    putStatements: (told) =>
      inTransaction(pool, async (client) => {
        if (told.length === 0) return [];
        // As for the feed's other entries, the lock comes first: so the look below is current.
        await execute(client, lockHead);
        const rows = await queryRows<StatementRow>(client, selectKnown, [told.map(subjectOfStatement)]);
        const news = newestOf(told, new Map(rows.map(statementOfRow).map((known) => [subjectOfStatement(known), known])));
        if (news.length === 0) return [];
        await put(client, news);
        return news;
      }),
    replaceOwn: (own, before) =>
      inTransaction(pool, async (client) => {
        await execute(client, lockHead);
        const [row] = await queryRows<StatementRow>(client, selectKnown, [[subjectOfStatement(own)]]);
        if ((row === undefined ? undefined : BigInt(row.stamp)) !== before) return false;
        await put(client, [own]);
        return true;
      }),
    async stampsOf(subjects) {
      const text = 'SELECT subject, stamp FROM statements WHERE subject = ANY ($1)';
      const rows = await queryRows<{ readonly subject: string; readonly stamp: string }>(pool, text, [subjects]);
      return new Map(rows.map(({ subject, stamp }) => [subject, BigInt(stamp)]));
    },
    async holdings({ iss, shards }) {
      const text = `SELECT ${statementColumns} FROM statements
        WHERE shard IS NOT NULL AND ($1::text IS NULL OR iss = $1) AND ($2::smallint[] IS NULL OR shard = ANY ($2))`;
      return (await queryRows<StatementRow>(pool, text, [iss ?? null, shards ?? null])).map(holdingsOf);
    },
    async holdingsVersions(shards) {
      // A signature is over all that a statement says, of which it is read alone.
      const text = `SELECT shard, count(*) || '.' || sum(hashtextextended(subject || ' ' || stamp || ' ' || encode(signature, 'hex'), 0)) AS version
        FROM statements WHERE shard = ANY ($1::smallint[]) GROUP BY shard`;
      const rows = await queryRows<{ readonly shard: number; readonly version: string }>(pool, text, [shards]);
      return new Map(rows.map(({ shard, version }) => [shard, version]));
    },
    async writers(isses) {
      if (isses.length === 0) return [];
      const text = `SELECT coalesce(position, ${lastPosition}) AS position, ${statementColumns} FROM statements
        LEFT JOIN feed ON kind = 'writer' AND feed.subject = statements.subject WHERE statements.subject = ANY ($1)`;
      const rows = await queryRows<StatementRow & { readonly position: string }>(pool, text, [isses.map(writerSubject)]);
      return rows.map((row) => ({ position: BigInt(row.position), statement: writerOf(row) }));
    },
    async heard() {
      const text = `SELECT ${statementColumns} FROM statements WHERE shard IS NULL AND epoch IS NULL`;
      const rows = await queryRows<StatementRow>(pool, text);
      return rows.map(({ iss, stamp, heard_at: heardAt }) => ({ iss, stamp: BigInt(stamp), heardAt }));
    },
  };
}

/** Puts statements at the end of the feed. The head of the feed is locked. */
async function put(client: PostgresTransaction, news: readonly HeardStatement[]): Promise<void> {
  const [head] = await queryRows<{ readonly position: string }>(client, takeNext, [news.length]);
  if (head === undefined) throw new Error('the feed has no head');
  const subjects = news.map(subjectOfStatement);
  const stamps = news.map(({ statement }) => statement.stamp);
  const first = BigInt(head.position) - BigInt(news.length) + 1n;
  await execute(client, putEntries, [
    news.map(({ kind }) => kind),
    subjects,
    news.map((_, index) => first + BigInt(index)),
    stamps,
  ]);
  await execute(client, putStatements, [
    subjects,
    news.map(({ statement }) => statement.iss),
    news.map((one) => (one.kind === 'holdings' ? one.statement.shard : null)),
    ...(['epoch', 'lastStamp', 'floor'] as const).map((field) =>
      news.map((one) => (one.kind === 'writer' ? one.statement[field] : null)),
    ),
    stamps,
    news.map((one) => Buffer.from(one.kind === 'holdings' ? one.statement.entries : [])),
    news.map(({ statement }) => Buffer.from(statement.signature)),
    news.map(({ heardAt }) => heardAt),
  ]);
}

/** A statement as it is kept. */
export function statementOfRow(row: StatementRow): HeardStatement {
  const heardAt = row.heard_at;
  if (row.shard !== null) return { kind: 'holdings', statement: holdingsOf(row), heardAt };
  return row.epoch === null
    ? { kind: 'heartbeat', statement: heartbeatOf(row), heardAt }
    : { kind: 'writer', statement: writerOf(row), heardAt };
}

function writerOf({ iss, epoch, last_stamp: lastStamp, floor, stamp, signature }: StatementRow): WriterStatement {
  const reach = { epoch: epoch ?? '', lastStamp: BigInt(lastStamp ?? 0), floor: BigInt(floor ?? 0) };
  return { iss, ...reach, stamp: BigInt(stamp), signature: new Uint8Array(signature) };
}

/** What many servers hold are many megabytes: none of them is copied. */
function holdingsOf({ iss, shard, stamp, entries, signature }: StatementRow): HoldingsStatement {
  return { iss, shard: shard ?? 0, stamp: BigInt(stamp), entries: bytesOf(entries), signature: bytesOf(signature) };
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Buffer) => new Uint8Array(buffer, byteOffset, byteLength);

function heartbeatOf({ iss, stamp, signature }: StatementRow): Heartbeat {
  return { iss, stamp: BigInt(stamp), signature: new Uint8Array(signature), ageMs: 0n };
}
