import { SignedProfile, SignedRetirement } from '@odst/contracts/registration';
import { inTransaction, queryRows } from '@odst/postgres';
import type { Pool } from 'pg';
import { type FeedContent, type FeedStore, subjectOf, type ToldContent } from '../app/ports.ts';
import { epochsFrom, type Feed } from '../domain/cursor.ts';
import { createPgStatements, type StatementRow, statementColumns, statementOfRow } from './pg-statements.ts';

type HeadRow = { readonly feed_id: string; readonly position: string; readonly epochs: readonly EpochJson[] };
type EpochJson = { readonly id: string; readonly first: string };
type EntryRow = StatementRow & {
  readonly position: string;
  readonly kind: FeedContent['kind'];
  readonly subject: string;
  readonly profile: unknown;
  readonly retirement: unknown;
};

const selectHead = 'SELECT feed_id, position, epochs FROM feed_head';
const lockHead = 'SELECT FROM feed_head FOR UPDATE';
const isKnown = 'SELECT FROM feed WHERE kind = $1 AND subject = $2 AND source_position >= $3';
const takeNext = 'UPDATE feed_head SET position = position + 1 RETURNING position';
const putEntry = `
  INSERT INTO feed (kind, subject, position, source_position, profile, retirement) VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (kind, subject) DO UPDATE
    SET position = excluded.position, source_position = excluded.source_position,
        profile = excluded.profile, retirement = excluded.retirement`;

/** Builds the feed in PostgreSQL. @param pool connections with `search_path` set to sync's schema */
export function createPgFeedStore(pool: Pool, newFeedId: () => string): FeedStore {
  const head = async () => {
    const [row] = await queryRows<HeadRow>(pool, selectHead);
    if (row !== undefined) return feedOf(row);
    await queryRows(pool, 'INSERT INTO feed_head (feed_id, position) VALUES ($1, 0) ON CONFLICT DO NOTHING', [newFeedId()]);
    const [made] = await queryRows<HeadRow>(pool, selectHead);
    if (made === undefined) throw new Error('the feed has no head');
    return feedOf(made);
  };

  return {
    head,
    async begin(epochId) {
      await head();
      await inTransaction(pool, async (client) => {
        await queryRows(client, lockHead);
        const [row] = await queryRows<HeadRow>(client, selectHead);
        if (row === undefined) throw new Error('the feed has no head');
        const epochs = epochsFrom(feedOf(row), epochId).map(({ id, first }) => ({ id, first: first.toString() }));
        await queryRows(client, 'UPDATE feed_head SET epochs = $1', [JSON.stringify(epochs)]);
      });
    },
    async put(content, sourcePosition) {
      await head();
      return inTransaction(pool, async (client) => {
        // The lock on the head comes first: it makes puts wait for each other, so the look below is current.
        await queryRows(client, lockHead);
        const entry = [content.kind, subjectOf(content)];
        if ((await queryRows(client, isKnown, [...entry, sourcePosition])).length > 0) return false;
        const [next] = await queryRows<{ readonly position: string }>(client, takeNext);
        if (next === undefined) throw new Error('the feed has no head');
        await queryRows(client, putEntry, [
          ...entry,
          next.position,
          sourcePosition,
          profileJson(content),
          retirementJson(content),
        ]);
        return true;
      });
    },
    async read(after, limit) {
      const text = `
        SELECT position, kind, subject, profile, retirement, ${statementColumns}
        FROM feed LEFT JOIN statements USING (subject) WHERE position > $1 ORDER BY position LIMIT $2`;
      const rows = await queryRows<EntryRow>(pool, text, [after, limit]);
      return rows.map((row) => ({ position: BigInt(row.position), content: contentOf(row) }));
    },
    async countAfter(position) {
      const text = 'SELECT count(*)::int AS count FROM feed WHERE position > $1';
      const [row] = await queryRows<{ readonly count: number }>(pool, text, [position]);
      return row?.count ?? 0;
    },
    async lacking(uuids) {
      const text = `
        SELECT uuid FROM unnest($1::text[]) AS uuid
        WHERE NOT EXISTS (SELECT FROM feed WHERE kind = 'package' AND subject = uuid) ORDER BY uuid`;
      return (await queryRows<{ readonly uuid: string }>(pool, text, [uuids])).map(({ uuid }) => uuid);
    },
    async profilesOf(isses) {
      const text = "SELECT profile FROM feed WHERE kind = 'profile' AND subject = ANY ($1) ORDER BY subject";
      const rows = await queryRows<Pick<EntryRow, 'profile'>>(pool, text, [isses]);
      return rows.map(({ profile }) => SignedProfile.fromJSON(profile));
    },
    ...createPgStatements(pool),
  };
}

function profileJson(content: ToldContent): string | null {
  return content.kind === 'profile' ? JSON.stringify(SignedProfile.toJSON(content.profile)) : null;
}

function retirementJson(content: ToldContent): string | null {
  return content.kind === 'retirement' ? JSON.stringify(SignedRetirement.toJSON(content.retirement)) : null;
}

function contentOf(row: EntryRow): FeedContent {
  const { kind, subject, profile, retirement } = row;
  if (kind === 'package') return { kind, uuid: subject };
  if (kind === 'retirement') return { kind, retirement: SignedRetirement.fromJSON(retirement) };
  return kind === 'profile' ? { kind, profile: SignedProfile.fromJSON(profile) } : statementOfRow(row);
}

function feedOf({ feed_id: feedId, position, epochs }: HeadRow): Feed {
  return { feedId, position: BigInt(position), epochs: epochs.map(({ id, first }) => ({ id, first: BigInt(first) })) };
}
