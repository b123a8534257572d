import { OdstError } from '@odst/kernel';
import { expect, test } from 'vitest';
import { testApp } from '../test-app.ts';

const skewed = () =>
  Promise.reject(new OdstError('REGISTRATION_CLOCK_SKEW', 'ten minutes apart', { signedTime: 'a signed time' }));

test.each([
  ['POST', '/api/ods/v1/peers'],
  ['DELETE', '/api/ods/v1/peers/me'],
  ['PUT', '/api/ods/v1/peers/me'],
  ['GET', '/api/ods/v1/changes?after=&wait=0&limit=10'],
  ['POST', '/api/ods/v1/hint'],
] as const)('%s %s tells a peer whose clock is 10 minutes off this server’s signed time', async (method, url) => {
  const app = await testApp({ trust: { verifyRequest: skewed }, peers: { acceptPeer: skewed } });
  const answer = await app.inject({ method, url, headers: { authorization: 'ODST token' } });
  expect([answer.statusCode, answer.headers['odst-time'], answer.json<{ code: string }>().code]).toEqual([
    401,
    'a signed time',
    'REGISTRATION_CLOCK_SKEW',
  ]);
});
