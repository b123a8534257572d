import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@odst/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createSecretBox, openSecretStore, type SecretStore, secretsMigrations } from '../src/index.ts';

const oldKey = Buffer.alloc(32, 1);
const newKey = Buffer.alloc(32, 2);
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  await database.pool.query('drop schema if exists registration cascade; create schema registration');
  for (const file of (await readdir(secretsMigrations.directory)).sort()) {
    await database.pool.query(
      `set search_path to registration; ${await readFile(join(secretsMigrations.directory, file), 'utf8')}; reset search_path`,
    );
  }
});

const open = (...keys: Buffer[]): Promise<SecretStore> =>
  openSecretStore({ pool: database.pool, schema: 'registration', box: createSecretBox(keys) });

test('gives back what was put, after a restart too, and keeps it encrypted', async () => {
  const store = await open(newKey);
  await store.put(database.pool, 'account-1', Buffer.from('planted hash'));
  expect((await (await open(newKey)).get('account-1')).toString()).toBe('planted hash');
  const { rows } = await database.pool.query<{ sealed: Buffer }>('select sealed from registration.secrets');
  expect(rows.map(({ sealed }) => sealed.includes('planted'))).toEqual([false, false]);
});

test('writes with the transaction that it is given, and not without it', async () => {
  const store = await open(newKey);
  const client = await database.pool.connect();
  await client.query('begin');
  await store.put(client, 'account-1', Buffer.from('never'));
  await client.query('rollback');
  client.release();
  await expect(store.get('account-1')).rejects.toMatchObject({ code: 'COMMON_SECRET_UNREADABLE' });
});

test('makes a secret that is not there, and of several that make it at once all get the same', async () => {
  const [one, other] = await Promise.all([open(newKey), open(newKey)]);
  const made = await Promise.all([
    one.ensure('key', async () => Buffer.from('of the one')),
    other.ensure('key', async () => Buffer.from('of the other')),
  ]);
  const again = await (await open(newKey)).ensure('key', async () => Buffer.from('never made'));
  expect(made.map(String)).toEqual([again.toString(), again.toString()]);
  expect(['of the one', 'of the other']).toContain(again.toString());
});

test('replaces and removes', async () => {
  const store = await open(newKey);
  await store.put(database.pool, 'account-1', Buffer.from('first'));
  await store.put(database.pool, 'account-1', Buffer.from('second'));
  expect((await store.get('account-1')).toString()).toBe('second');
  await store.remove(database.pool, 'account-1');
  await store.remove(database.pool, 'account-1');
  await expect(store.get('account-1')).rejects.toMatchObject({ code: 'COMMON_SECRET_UNREADABLE' });
});

test('refuses a wrong key at the start, before any secret is there', async () => {
  await open(oldKey);
  await expect(open(newKey)).rejects.toMatchObject({
    code: 'COMMON_SECRET_UNREADABLE',
    message: expect.stringContaining('DATABASE_KEY'),
  });
  await open(oldKey);
});

test('encrypts everything anew when the key is changed, so that the old one can go', async () => {
  await (await open(oldKey)).put(database.pool, 'account-1', Buffer.from('kept'));
  await open(newKey, oldKey);
  expect((await (await open(newKey)).get('account-1')).toString()).toBe('kept');
  await expect(open(oldKey)).rejects.toMatchObject({ code: 'COMMON_SECRET_UNREADABLE' });
});

test('agrees on one key when several processes start at once', async () => {
  const outcomes = await Promise.allSettled([open(newKey), open(oldKey), open(newKey), open(oldKey)]);
  const right = outcomes[0]?.status === 'fulfilled' ? newKey : oldKey;
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
  await open(right);
});
