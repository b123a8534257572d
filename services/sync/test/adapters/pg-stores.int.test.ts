import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@odst/testing';
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPgFeedStore } from '../../src/adapters/pg-feed-store.ts';
import { createPgPeerStore } from '../../src/adapters/pg-peer-store.ts';
import { syncDefinition } from '../../src/index.ts';
import { feedStoreContract } from '../support/feed-store-contract.ts';
import { peerStoreContract } from '../support/peer-store-contract.ts';
import { issOf, recordOf } from '../support/records.ts';
import { openSchema } from '../support/schema.ts';

let database: TestDatabase;
const pools: Pool[] = [];
const newFeedId = () => randomUUID().replaceAll('-', '');

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.end()));
  await database[Symbol.asyncDispose]();
});

async function emptyTables(): Promise<Pool> {
  const { pool } = await openSchema(database, syncDefinition.migrations);
  pools.push(pool);
  return pool;
}

feedStoreContract(async () => createPgFeedStore(await emptyTables(), newFeedId));
peerStoreContract(async () => createPgPeerStore(await emptyTables()));

test('the feed keeps its identity over a restart, also when two processes make it at once', async () => {
  const pool = await emptyTables();
  const heads = await Promise.all([1, 2, 3].map(() => createPgFeedStore(pool, newFeedId).head()));
  expect(new Set(heads.map((head) => head.feedId)).size).toBe(1);
});

test('a put that fails leaves no gap', async () => {
  const pool = await emptyTables();
  const feed = createPgFeedStore(pool, newFeedId);
  const by = issOf('a');
  await feed.put({ kind: 'package', record: recordOf({ filename: 'x', by }) }, 1n);
  await pool.query("ALTER TABLE feed ADD CONSTRAINT not_y CHECK (content->>'filename' <> 'y')");
  await expect(feed.put({ kind: 'package', record: recordOf({ filename: 'y', by }) }, 2n)).rejects.toThrow();
  await feed.put({ kind: 'package', record: recordOf({ filename: 'z', by }) }, 3n);
  expect((await feed.read(0n, 10)).map((entry) => entry.position)).toEqual([1n, 2n]);
});

test('counts what was refused, per peer', async () => {
  const pool = await emptyTables();
  const peers = createPgPeerStore(pool);
  const empty = { contents: [], postponed: [], settled: [], restoredAt: undefined };
  const answeredAt = new Date('2026-01-01T00:00:00Z');
  for (const refused of [2, 3]) await peers.commitPage({ ...empty, peerIss: issOf('a'), cursor: 'c', answeredAt, refused });
  const { rows } = await pool.query('SELECT refused_records FROM peer_cursors');
  expect(rows).toEqual([{ refused_records: '5' }]);
});
