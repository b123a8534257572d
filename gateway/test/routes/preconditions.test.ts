import { OdstError } from '@odst/kernel';
import { describe, expect, test } from 'vitest';
import { testApp } from '../test-app.ts';
import { played } from './played-services.ts';

const conflict = async (asked: { readonly expectedVersion?: bigint | undefined }) => {
  throw new OdstError('COMMON_COMMAND_CONFLICT', `it is not at ${asked.expectedVersion ?? 0n}`);
};
const stale = {
  ...played,
  server: { ...played.server, updateSettings: conflict },
  peers: { ...played.peers, updatePeer: conflict, unregisterPeer: conflict },
  accounts: { ...played.accounts, changeAccount: conflict, removeAccount: conflict },
  packages: { ...played.packages, changePackage: conflict },
};

describe.each([
  ['PATCH', '/api/v1/settings', { trashDays: 7 }, '"5"'],
  ['PATCH', '/api/v1/peers/2', { introduces: false }, '"6"'],
  ['DELETE', '/api/v1/peers/2', undefined, undefined],
  ['PATCH', '/api/v1/accounts/eva', { role: 'viewer' }, '"3"'],
  ['DELETE', '/api/v1/accounts/eva', undefined, undefined],
  ['PATCH', '/api/v1/packages/7', { stage: 'Prod' }, '"3"'],
] as const)('%s %s', (method, url, payload, tag) => {
  const send = async (services: Parameters<typeof testApp>[0], headers: Record<string, string> = {}) =>
    (await testApp(services)).inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });

  test('is bound to the version of If-Match, which the answer tells anew', async () => {
    const { statusCode, headers } = await send(played, { 'if-match': '"3"' });
    expect([statusCode, headers.etag]).toEqual([payload === undefined ? 204 : 200, tag]);
    const refused = await send(stale, { 'if-match': '"3"' });
    expect(refused.json()).toMatchObject({ status: 412, code: 'COMMON_PRECONDITION_FAILED', detail: 'it is not at 3' });
    expect((await send(stale, { 'if-match': '*' })).json()).toMatchObject({ status: 409, code: 'COMMON_COMMAND_CONFLICT' });
    expect((await send(stale)).statusCode).toBe(409);
  });

  test.each(['"x"', 'W/"3"', '"3", "4"', '0'])('is refused with If-Match: %s', async (wrong) => {
    const { statusCode, json } = await send(played, { 'if-match': wrong });
    expect([statusCode, json().errors]).toMatchObject([422, [{ pointer: '/If-Match' }]]);
  });
});

test.each([
  ['/api/v1/settings', '"5"'],
  ['/api/v1/peers/2', '"6"'],
  ['/api/v1/accounts/eva', '"3"'],
  ['/api/v1/packages/7', '"3"'],
])('GET %s tells the version as ETag and in the body', async (url, tag) => {
  const { headers, json } = await (await testApp(played)).inject(url);
  expect([headers.etag, `"${json().version}"`]).toEqual([tag, tag]);
});

test.each(['/api/v1/accounts/eva', '/api/v1/packages/7'])('GET %s is 304 to who has the version', async (url) => {
  const app = await testApp(played);
  for (const known of ['"3"', 'W/"3"', '"2", "3"']) {
    const { statusCode, body, headers } = await app.inject({ url, headers: { 'if-none-match': known } });
    expect([statusCode, body, headers.etag]).toEqual([304, '', '"3"']);
  }
  expect((await app.inject({ url, headers: { 'if-none-match': '"2"' } })).statusCode).toBe(200);
});

test('an account that there is not is 404', async () => {
  const { statusCode, json } = await (await testApp(played)).inject('/api/v1/accounts/tom');
  expect([statusCode, json().code]).toEqual([404, 'REGISTRATION_ACCOUNT_UNKNOWN']);
});
