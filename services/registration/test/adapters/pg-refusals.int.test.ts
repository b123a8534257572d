import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRefusalRows } from '../../src/adapters/pg-refusals.ts';
import { memoryRefusalRows } from '../support/memory-ports.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds));
const refusal = (minutes: number, actor: string, path = '/a') => ({
  ...{ minute: at(minutes * 60), actor, network: '192.0.2.9', code: 'COMMON_ACCESS_DENIED', action: 'about:update' },
  ...{ remoteAddress: '192.0.2.9', method: 'POST', path, count: 2, firstAt: at(minutes * 60 + 1), lastAt: at(minutes * 60 + 9) },
});
const newest = { beforeId: 0n, limit: 10, actor: '', text: '' };

describe.each([
  ['in memory', () => memoryRefusalRows()],
  ['in PostgreSQL', () => createRefusalRows(server.backbone().pool)],
])('refusals %s', (_where, open) => {
  test('are counted, listed from the newest, found by actor and text, and forgotten', async () => {
    const rows = open();
    await rows.add([refusal(0, 'account:eva'), refusal(1, 'account:tom', '/Tools')]);
    await rows.add([{ ...refusal(1, 'account:tom', '/elsewhere'), lastAt: at(100) }, refusal(2, 'account:eva')]);
    const all = await rows.list(newest);
    expect(all.map(({ id: _id, ...row }) => row)).toEqual([
      refusal(2, 'account:eva'),
      { ...refusal(1, 'account:tom', '/Tools'), count: 4, lastAt: at(100) },
      refusal(0, 'account:eva'),
    ]);
    const actors = async (query: object) =>
      (await rows.list({ ...newest, ...query })).map(({ minute, actor }) => [minute.getMinutes(), actor]);
    expect(await actors({ actor: 'account:eva', limit: 1 })).toEqual([[2, 'account:eva']]);
    expect(await actors({ text: 'TOOLS' })).toEqual([[1, 'account:tom']]);
    expect(await actors({ beforeId: all[1]?.id ?? 0n })).toEqual([[0, 'account:eva']]);
    await rows.forget({ since: at(60), most: 10 });
    expect(await actors({})).toEqual([
      [2, 'account:eva'],
      [1, 'account:tom'],
    ]);
    await rows.forget({ since: at(0), most: 1 });
    expect(await actors({})).toEqual([[2, 'account:eva']]);
  });
});
