import { OdstError } from '@odst/kernel';
import { expect, test } from 'vitest';
import { testApp } from '../test-app.ts';
import { iss, played } from './played-services.ts';

const copied = { url: 'https://b.example', iss, key: 'S2V5' };
const register = { method: 'POST', url: '/api/v1/peers', payload: copied } as const;

test('a registration is answered 201 with the peer, a repeated one 200, both with what to know of it', async () => {
  for (const [wasRegistered, status] of [[false, 201] as const, [true, 200] as const]) {
    const answer = await played.peers.registerPeer();
    const app = await testApp({
      ...played,
      peers: { ...played.peers, registerPeer: async () => ({ ...answer, wasRegistered }) },
    });
    const { statusCode, json } = await app.inject(register);
    expect([statusCode, json()]).toMatchObject([status, { id: 2, name: 'Berlin', warnings: ['it is asked elsewhere'] }]);
  }
});

test('what a server says of its identity is what another one takes to register', async () => {
  const app = await testApp(played);
  const identity = await app.inject('/api/v1/identity');
  expect(identity.json()).toEqual({ ...copied, name: 'Berlin' });
  expect(identity.headers['cache-control']).toBe('no-store');
  expect((await app.inject({ ...register, payload: identity.json() })).statusCode).toBe(201);
});

test.each([
  ['the ISS ID of this server', new OdstError('REGISTRATION_PEER_SELF', 'it is this one', { pointer: '/iss_id' }), ['/iss']],
  ['a blocked server', new OdstError('REGISTRATION_SERVER_BLOCKED', 'it is blocked', { iss }), ['/iss']],
  ['a wrong Key', new OdstError('REGISTRATION_PEER_REFUSED', 'wrong', { pointer: '/key', remoteCode: 'X' }), ['/key']],
  ['a refusal of this server', new OdstError('REGISTRATION_PEER_REFUSED', 'no', { remoteCode: 'X' }), undefined],
  ['an own URL that nobody takes', new OdstError('REGISTRATION_SETTING_INVALID', 'own', { pointer: '/url' }), undefined],
])('%s is pointed to by the name of its field, if it is one', async (_what, error, pointers) => {
  const registerPeer = async () => {
    throw error;
  };
  const app = await testApp({ ...played, peers: { ...played.peers, registerPeer } });
  const { code, errors, remoteCode } = (await app.inject(register)).json();
  expect([code, errors?.map(({ pointer }: { pointer: string }) => pointer)]).toEqual([error.code, pointers]);
  expect(remoteCode).toBe(error.details['remoteCode']);
});
