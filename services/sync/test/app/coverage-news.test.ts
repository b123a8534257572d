import { expect, test } from 'vitest';
import { createCoverageNews, toldOf } from '../../src/app/coverage-news.ts';
import type { HeardStatement, StatementStore } from '../../src/app/holdings-ports.ts';
import type { Statement } from '../../src/domain/holdings.ts';
import { createSigner } from '../support/signers.ts';

test('a server that is heard of again is news for all contents, whatever else it says with it', async () => {
  const news = createCoverageNews();
  const told: (readonly number[])[] = [];
  using _listening = news.onTold((shards) => told.push(shards));
  const putStatements: StatementStore['putStatements'] = async (statements) => statements;
  const store = toldOf({ putStatements } as StatementStore, news);
  const server = createSigner();
  const heard = (statement: Statement): HeardStatement => ({ ...statement, heardAt: new Date(0) });
  const holdings = heard(server.says({ kind: 'holdings', stamp: 1n, holds: [`0a${'0'.repeat(62)}`] }));
  const heartbeat = heard(server.says({ kind: 'heartbeat', stamp: 2n }));
  await store.putStatements([holdings]);
  await store.putStatements([heartbeat]);
  expect(told.splice(0)).toEqual([[10], []]);
  await store.putStatements([holdings, heartbeat]);
  expect(told.splice(0)).toEqual([[10], []]);
  await store.putStatements([]);
  expect(told).toEqual([]);
});
