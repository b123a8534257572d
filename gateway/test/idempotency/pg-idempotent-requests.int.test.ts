import { randomBytes } from 'node:crypto';
import { queryRows } from '@odst/postgres';
import { createSecretBox } from '@odst/secrets';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createIdempotentRequests, sealAnew } from '../../src/idempotency/pg-idempotent-requests.ts';
import { type GatewayDatabase, gatewayDatabase } from '../support/gateway-database.ts';
import { idempotentRequestsContract } from './contract.ts';

let database: GatewayDatabase;
beforeAll(async () => {
  database = await gatewayDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(() => queryRows(database.pool, 'TRUNCATE idempotent_requests'));

const [key, olderKey] = [randomBytes(32), randomBytes(32)];
const open = (...keys: readonly Uint8Array[]) => createIdempotentRequests(database.pool, createSecretBox(keys));
const request = { caller: 'account:admin', key: 'a key of the client', fingerprint: 'of what it says' };
const now = new Date('2026-01-01T00:00:00Z');

describe('requests in PostgreSQL', () => {
  idempotentRequestsContract(async (limits) => createIdempotentRequests(database.pool, createSecretBox([key]), limits));

  test('are readable to nobody without the key, and gone with it', async () => {
    const answer = { status: 201, headers: {}, body: '{"token":"odst_secret"}' };
    const begun = await open(olderKey).begin(request, now);
    await open(olderKey).settle(request, begun.state === 'begun' ? begun.claim : '', answer, now);
    const [row] = await queryRows<{ text: string }>(
      database.pool,
      `SELECT idempotent_requests::text || encode(sealed, 'escape') AS text FROM idempotent_requests`,
    );
    for (const secret of ['odst_secret', request.key, request.fingerprint]) expect(row?.text).not.toContain(secret);
    expect(await open(key, olderKey).begin(request, now)).toEqual({ state: 'answered', answer });
    expect(await open(key).begin(request, now)).toEqual({ state: 'gone' });
  });

  test('are encrypted anew with another key, and outlive the one before; what nobody can read any more goes', async () => {
    const answer = { status: 201, headers: {}, body: '{}' };
    for (const caller of Array.from({ length: 120 }, (_, index) => `account:${index}`)) {
      const begun = await open(olderKey).begin({ ...request, caller }, now);
      await open(olderKey).settle({ ...request, caller }, begun.state === 'begun' ? begun.claim : '', answer, now);
    }
    await open(randomBytes(32)).begin(request, now);
    await sealAnew(database.pool, createSecretBox([key, olderKey]));
    for (const caller of ['account:0', 'account:119']) {
      expect(await open(key).begin({ ...request, caller }, now)).toEqual({ state: 'answered', answer });
    }
    const [row] = await queryRows<{ rows: number }>(database.pool, 'SELECT count(*)::int AS rows FROM idempotent_requests');
    expect(row?.rows).toBe(120);
    await sealAnew(database.pool, createSecretBox([key]));
    expect((await open(key).begin(request, now)).state).toBe('begun');
  });
});
