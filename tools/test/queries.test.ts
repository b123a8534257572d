import { describe, expect, it } from 'vitest';
import { findDriverCalls, leavesDriver } from '../checks/queries.ts';

describe('the check of queries', () => {
  it.each([
    "await transaction.query('DELETE FROM peers');",
    'const { rows } = await pool.query<Row>(text, [id]);',
    'const { rows } = await runner.query<{ readonly name: string }>({',
    'return pool.query<Map<string, Row>>(text);',
  ])('refuses %s', (line) => {
    expect(findDriverCalls('some.ts', `import x;\n${line}`)).toEqual([expect.stringMatching(/^some\.ts:2: /)]);
  });

  it.each(['const { after, limit } = request.query;', 'await execute(pool, text);', 'const query = eventsQuery(request.query);'])(
    'lets %s pass',
    (line) => {
      expect(findDriverCalls('some.ts', line)).toEqual([]);
    },
  );

  it('looks at the product, without @odst/postgres, the named exceptions and what tests share', () => {
    const files = [
      'services/storage/src/adapters/pg/pg-blob-index.ts',
      'packages/event-store/postgres/src/appender.ts',
      'gateway/src/main.ts',
      'packages/postgres/src/query.ts',
      'packages/event-store/postgres/src/append-alone.ts',
      'packages/testing/src/database.ts',
      'services/storage/test/some.int.test.ts',
    ];
    expect(files.filter(leavesDriver)).toEqual(files.slice(0, 3));
  });
});
