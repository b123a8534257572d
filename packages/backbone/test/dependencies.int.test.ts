import { createReadiness, isReady, readinessLines, watchDependencies } from '@odst/service-host';
import { createTestDatabase, eventually, openNetwork } from '@odst/testing';
import pg from 'pg';
import { expect, test } from 'vitest';
import { dependenciesOf } from '../src/dependencies.ts';

test('a database that goes away makes a server unready, in words that name no address of it', async () => {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const network = stack.use(await openNetwork(database.url));
  const pool = new pg.Pool({ connectionString: network.url });
  pool.on('error', () => undefined);
  stack.defer(() => pool.end());
  const readiness = createReadiness();
  const { checks = {} } = dependenciesOf({ pool, store: undefined, kafkaBus: undefined });
  await using watch = watchDependencies({ readiness, checks, intervalMs: 10 });
  await watch.asked;
  expect(readinessLines(readiness.snapshot())).toBe('ok database\n');
  await network[Symbol.asyncDispose]();
  await eventually(() => !isReady(readiness.snapshot()));
  const lines = readinessLines(readiness.snapshot());
  expect(lines).toMatch(/^failed database: .+\n$/);
  expect(lines).not.toContain(database.name);
  expect(lines).not.toContain('127.0.0.1');
});
