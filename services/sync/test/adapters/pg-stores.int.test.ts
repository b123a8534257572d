import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@odst/testing';
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPgFeedStore } from '../../src/adapters/pg-feed-store.ts';
import { createPgPeerStore } from '../../src/adapters/pg-peer-store.ts';
import { syncDefinition } from '../../src/index.ts';
import { feedStoreContract } from '../support/feed-store-contract.ts';
import { peerStoreContract } from '../support/peer-store-contract.ts';
import { hash } from '../support/records.ts';
import { openSchema } from '../support/schema.ts';
import { createSigner } from '../support/signers.ts';
import { statementStoreContract } from '../support/statement-store-contract.ts';

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
statementStoreContract(async () => createPgFeedStore(await emptyTables(), newFeedId));
peerStoreContract(async () => createPgPeerStore(await emptyTables()));

test('the feed keeps its identity over a restart, also when two processes make it at once', async () => {
  const pool = await emptyTables();
  const heads = await Promise.all([1, 2, 3].map(() => createPgFeedStore(pool, newFeedId).head()));
  expect(new Set(heads.map((head) => head.feedId)).size).toBe(1);
});

test('how far a server has written is known, and told to every reader, though its entry in the feed was lost', async () => {
  const pool = await emptyTables();
  const feed = createPgFeedStore(pool, newFeedId);
  await feed.head();
  const signer = createSigner();
  const said = signer.says({ kind: 'writer', stamp: 5n, lastStamp: 2n });
  await feed.putStatements([{ ...said, heardAt: new Date() }]);
  await pool.query("DELETE FROM feed WHERE kind = 'writer'");
  const [known] = await feed.writers([signer.iss]);
  expect(known?.statement).toEqual(said.statement);
  expect(known?.position).toBeGreaterThan((await feed.head()).position);
  const next = signer.says({ kind: 'writer', stamp: 6n, lastStamp: 3n });
  if (next.kind !== 'writer') throw new TypeError('another kind');
  expect(await feed.replaceOwn({ ...next, heardAt: new Date() }, 5n)).toBe(true);
  expect(await feed.writers([signer.iss])).toEqual([{ position: 2n, statement: next.statement }]);
});

test('a put that fails leaves no gap', async () => {
  const pool = await emptyTables();
  const feed = createPgFeedStore(pool, newFeedId);
  const [x, y, z] = ['x', 'y', 'z'].map((name) => hash('md5', name)) as [string, string, string];
  await feed.put({ kind: 'package', uuid: x }, 1n);
  await pool.query(`ALTER TABLE feed ADD CONSTRAINT not_y CHECK (subject <> '${y}')`);
  await expect(feed.put({ kind: 'package', uuid: y }, 2n)).rejects.toThrow();
  await feed.put({ kind: 'package', uuid: z }, 3n);
  expect((await feed.read(0n, 10)).map((entry) => entry.position)).toEqual([1n, 2n]);
});
