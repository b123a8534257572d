import { type Caller, OdstError } from '@odst/kernel';
import { describe, expect, test } from 'vitest';
import { played } from '../routes/played-services.ts';
import { testApp } from '../test-app.ts';
import { memoryIdempotentRequests } from './memory-idempotent-requests.ts';

const key = '8e03978e-40d5-43e8-bc93-6894a57f9324';
const account = { username: 'eva', password: 'correct horse', role: 'uploader', stages: ['Dev'] };
const create = (payload: object = account, headers: Record<string, string> = { 'idempotency-key': key }) =>
  ({ method: 'POST', url: '/api/v1/accounts', payload, headers }) as const;

type Calls = { readonly requestIds: (string | undefined)[] };

/** The gateway, whose accounts are made as `answer` says. */
async function counted(answer: () => Promise<void> = async () => undefined, options: Parameters<typeof testApp>[1] = {}) {
  const calls: Calls = { requestIds: [] };
  const accounts = {
    ...played.accounts,
    createAccount: async (_asked: unknown, { caller }: { caller?: { requestId?: string | undefined } } = {}) => {
      calls.requestIds.push(caller?.requestId);
      await answer();
      return await played.accounts.createAccount();
    },
  };
  return { calls, app: await testApp({ ...played, accounts }, options) };
}

describe('a POST under an Idempotency-Key', () => {
  test('is done once, and answered with the same status, headers and body each time, however its fields are ordered', async () => {
    const { app, calls } = await counted();
    const first = await app.inject(create());
    const { stages, ...rest } = account;
    const again = await app.inject(create({ stages, ...rest }, { 'idempotency-key': `"${key}"` }));
    expect([again.statusCode, again.body, again.headers['content-type']]).toEqual([
      201,
      first.body,
      first.headers['content-type'],
    ]);
    expect([first.headers['idempotency-replayed'], again.headers['idempotency-replayed']]).toEqual([undefined, 'true']);
    expect(calls.requestIds).toHaveLength(1);
    expect(calls.requestIds[0]).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('is done each time without the key, and each call is a command of its own then', async () => {
    const { app, calls } = await counted();
    for (const _ of [1, 2]) expect((await app.inject(create(account, {}))).statusCode).toBe(201);
    expect(calls.requestIds).toEqual([undefined, undefined]);
  });

  test.each([
    ['another body', create({ ...account, role: 'viewer' })],
    ['another path', { ...create({ name: 'ci', role: 'viewer' }), url: '/api/v1/tokens' }],
  ])('is refused with %s', async (_what, other) => {
    const { app } = await counted();
    await app.inject(create());
    const { statusCode, json } = await app.inject(other);
    expect([statusCode, json()]).toMatchObject([
      422,
      { code: 'COMMON_IDEMPOTENCY_KEY_REUSED', errors: [{ pointer: '/Idempotency-Key' }] },
    ]);
  });

  test('is another one for another caller', async () => {
    const idempotent = memoryIdempotentRequests();
    const caller = { ...(await principal()), actor: 'account:eva' };
    const { app } = await counted(undefined, { idempotent });
    const { app: ofEva, calls } = await counted(undefined, { idempotent, authorize: async () => caller });
    await app.inject(create());
    expect((await ofEva.inject(create())).headers['idempotency-replayed']).toBeUndefined();
    expect(calls.requestIds).toHaveLength(1);
  });

  test('is told to wait while the first one is under way', async () => {
    const { promise: held, resolve } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const { app } = await counted(() => {
      begin();
      return held;
    });
    const first = app.inject(create()).then((answer) => answer);
    await begun;
    const { statusCode, headers, json } = await app.inject(create());
    expect([statusCode, headers['retry-after'], json().code]).toEqual([409, '1', 'COMMON_IDEMPOTENCY_KEY_BUSY']);
    resolve();
    expect((await first).statusCode).toBe(201);
    expect((await app.inject(create())).headers['idempotency-replayed']).toBe('true');
  });

  test('has its refusal again, but runs anew, under the same id, after what a repetition may better', async () => {
    const refusals = [
      new OdstError('COMMON_DATABASE_UNAVAILABLE', 'away'),
      new OdstError('REGISTRATION_LOGIN_LIMITED', 'later'),
      new Error('a defect'),
      new OdstError('REGISTRATION_ACCOUNT_TAKEN', 'there is one'),
    ];
    const { app, calls } = await counted(async () => {
      throw refusals.shift() ?? new Error('once too often');
    });
    const statuses: number[] = [];
    for (const _ of '12345') statuses.push((await app.inject(create())).statusCode);
    expect(statuses).toEqual([503, 429, 500, 409, 409]);
    expect(calls.requestIds).toHaveLength(4);
    expect(new Set(calls.requestIds).size).toBe(1);
  });

  test('may be corrected under the same key where its form was refused, as nothing had begun', async () => {
    const { app } = await counted();
    expect((await app.inject(create({ ...account, role: 'boss' }))).statusCode).toBe(422);
    expect((await app.inject(create())).statusCode).toBe(201);
  });

  test.each(['', '""', 'a b', 'a,b', 'a"b', '"a', 'ü', 'x'.repeat(256)])(
    'is refused under %j, which is no key',
    async (wrong) => {
      const { app, calls } = await counted();
      const { statusCode, json } = await app.inject(create(account, { 'idempotency-key': wrong }));
      expect([statusCode, json()]).toMatchObject([
        422,
        { code: 'COMMON_REQUEST_INVALID', errors: [{ pointer: '/Idempotency-Key' }] },
      ]);
      expect(calls.requestIds).toEqual([]);
    },
  );

  test('is answered though its answer cannot be kept', async () => {
    const away = async () => {
      throw new OdstError('COMMON_DATABASE_UNAVAILABLE', 'away');
    };
    const { app } = await counted(undefined, { idempotent: { ...memoryIdempotentRequests(), settle: away } });
    expect((await app.inject(create())).statusCode).toBe(201);
    const { app: other, calls } = await counted(undefined, { idempotent: { ...memoryIdempotentRequests(), begin: away } });
    expect((await other.inject(create())).statusCode).toBe(503);
    expect(calls.requestIds).toEqual([]);
  });
});

test('an act that others came before runs again, as its refusal says that it may', async () => {
  const refusals = [new OdstError('COMMON_COMMAND_CONFLICT', 'others wrote at the same time')];
  const changePackage = async () => {
    const refusal = refusals.shift();
    if (refusal !== undefined) throw refusal;
    return await played.packages.changePackage();
  };
  const app = await testApp({ ...played, packages: { ...played.packages, changePackage } });
  const headers = { 'idempotency-key': key };
  const restore = { method: 'POST', url: '/api/v1/packages/7/restore', payload: { stage: 'Dev' }, headers } as const;
  const statuses: number[] = [];
  for (const _ of '12') statuses.push((await app.inject(restore)).statusCode);
  expect(statuses).toEqual([409, 200]);
});

test.each([
  ['COMMON_DATABASE_UNAVAILABLE', 503],
  ['COMMON_COMMAND_CONFLICT', 409],
] as const)(
  'a bulk act runs again, under the same id, where a part of it failed for the moment with %s',
  async (code, failed) => {
    const requestIds: (string | undefined)[] = [];
    let isAway = true;
    const changePackage = async (asked: { readonly id: number }, { caller }: { caller?: Caller } = {}) => {
      requestIds.push(caller?.requestId);
      if (asked.id === 8 && isAway) throw new OdstError(code, 'away');
      return await played.packages.changePackage();
    };
    const app = await testApp({ ...played, packages: { ...played.packages, changePackage } });
    const payload = { act: 'delete', ids: [7, 8] };
    const headers = { 'idempotency-key': key };
    const statuses = async () => {
      const answer = await app.inject({ method: 'POST', url: '/api/v1/packages/bulk', payload, headers });
      return answer.json().items.map(({ status }: { status: number }) => status);
    };
    expect(await statuses()).toEqual([200, failed]);
    isAway = false;
    for (const _ of [1, 2]) expect(await statuses()).toEqual([200, 200]);
    expect([requestIds.length, new Set(requestIds).size]).toEqual([4, 1]);
  },
);

test('a login and what is no POST take no Idempotency-Key', async () => {
  const { app } = await counted();
  const headers = { 'idempotency-key': 'not a key' };
  const login = { method: 'POST', url: '/api/v1/session', payload: { username: 'a', password: 'b' }, headers } as const;
  expect((await app.inject(login)).statusCode).toBe(200);
  const change = { method: 'PATCH', url: '/api/v1/accounts/eva', payload: { role: 'viewer' }, headers } as const;
  expect((await app.inject(change)).statusCode).toBe(200);
});

async function principal() {
  return {
    ...{ actor: 'account:admin', role: 'admin', stages: ['Dev', 'Test', 'Prod'], ownStages: ['Dev', 'Test', 'Prod'] },
    ...{ username: 'admin', sessionId: '', tokenId: '', remoteAddress: '', correlationId: 'c', causationId: '', traceparent: '' },
  };
}
