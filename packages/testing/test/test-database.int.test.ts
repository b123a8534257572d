import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { createTestDatabase } from '../src/index.ts';

test('makes an empty database of its own and leaves nothing behind', async () => {
  const server = new pg.Client({ connectionString: inject('odstPostgresUrl') });
  await server.connect();
  const left = async (name: string) =>
    (
      await server.query(
        'select datname from pg_database where datname = $1 union select rolname from pg_roles where starts_with(rolname, $1)',
        [name],
      )
    ).rowCount;
  let name = '';
  {
    await using database = await createTestDatabase();
    name = database.name;
    await using other = await createTestDatabase();
    expect(other.name).not.toBe(name);
    const { role, url } = await database.createRole('reader');
    const reader = new pg.Pool({ connectionString: url });
    reader.on('error', () => undefined);
    expect((await reader.query('select current_user as role, current_database() as name')).rows).toEqual([{ role, name }]);
    expect((await database.pool.query("select count(*)::int as tables from pg_tables where schemaname = 'public'")).rows).toEqual(
      [{ tables: 0 }],
    );
    expect(await left(name)).toBe(2);
  }
  expect(await left(name)).toBe(0);
  await server.end();
});
