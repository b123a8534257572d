import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createKnownLoginRows } from '../../src/adapters/pg-known-logins.ts';
import { memoryKnownLogins } from '../support/memory-ports.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

describe.each([
  ['in memory', () => memoryKnownLogins()],
  ['in PostgreSQL', () => createKnownLoginRows(server.backbone().pool)],
])('known logins %s', (_where, open) => {
  const markOf = (number: number) => Buffer.alloc(32, number);
  const keep = { most: 3, sinceMs: 0 };

  test('are known from when they were noted, until they are too old', async () => {
    const rows = open();
    expect(await rows.has(markOf(1), 0)).toBe(false);
    await rows.remember({ username: 'eva', mark: markOf(1), seenAtMs: 1_000 }, keep);
    expect(await rows.has(markOf(1), 1_000)).toBe(true);
    expect(await rows.has(markOf(1), 1_001)).toBe(false);
    expect(await rows.has(markOf(2), 0)).toBe(false);
  });

  test('are known longer when they are noted again, and never shorter', async () => {
    const rows = open();
    await rows.remember({ username: 'tom', mark: markOf(11), seenAtMs: 2_000 }, keep);
    await rows.remember({ username: 'tom', mark: markOf(11), seenAtMs: 1_500 }, keep);
    expect(await rows.has(markOf(11), 2_000)).toBe(true);
  });

  test('go when they are too old, and the oldest of an account when they are too many', async () => {
    const rows = open();
    await rows.remember({ username: 'other', mark: markOf(20), seenAtMs: 3_000 }, keep);
    for (const number of [21, 22, 23, 24])
      await rows.remember({ username: 'max', mark: markOf(number), seenAtMs: 3_000 + number }, keep);
    const known = async () => {
      const found = await Promise.all([20, 21, 22, 23, 24].map((number) => rows.has(markOf(number), 0)));
      return [20, 21, 22, 23, 24].filter((_number, index) => found[index]);
    };
    expect(await known()).toEqual([20, 22, 23, 24]);
    await rows.remember({ username: 'max', mark: markOf(24), seenAtMs: 4_000 }, { ...keep, sinceMs: 3_023 });
    expect(await known()).toEqual([23, 24]);
  });
});
