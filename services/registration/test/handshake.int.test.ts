import { type Peer, TrustServiceService } from '@odst/contracts/registration';
import { eventually } from '@odst/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adminCaller, startTestServer, type TestServer } from './support/test-server.ts';

const refused = (code: string) => expect.objectContaining({ code });
const register = async (from: TestServer, to: TestServer) =>
  (await from.peers().registerPeer(await to.invitation(), { caller: adminCaller, timeoutMs: 60_000 })).peer;
const peersOf = async (server: TestServer): Promise<readonly Peer[]> => (await server.peers().listPeers({})).peers;
const forget = async (one: TestServer, other: TestServer) => {
  for (const peer of await peersOf(one)) await one.peers().unregisterPeer({ id: peer.id, block: false }, { caller: adminCaller });
  await eventually(async () => (await peersOf(other)).length === 0);
};

describe('two servers', () => {
  let a: TestServer;
  let b: TestServer;
  beforeAll(async () => {
    [a, b] = await Promise.all([startTestServer({ name: 'A' }), startTestServer({ name: 'B', stage: 'Test' })]);
  });
  afterAll(async () => {
    await Promise.all([a[Symbol.asyncDispose](), b[Symbol.asyncDispose]()]);
  });

  const holdEachOther = async () => {
    const [ofA, ofB] = [(await a.server().getServer({})).server, (await b.server().getServer({})).server];
    const [atA, atB] = [await peersOf(a), await peersOf(b)];
    expect(atA).toMatchObject([{ iss: ofB?.iss, name: ofB?.name, url: ofB?.url, stage: ofB?.stage }]);
    expect(atB).toMatchObject([{ iss: ofA?.iss, name: ofA?.name, url: ofA?.url, stage: ofA?.stage }]);
    expect(Buffer.from(atA[0]?.publicKey ?? [])).toEqual(Buffer.from(ofB?.publicKey ?? []));
    expect(Buffer.from(atB[0]?.publicKey ?? [])).toEqual(Buffer.from(ofA?.publicKey ?? []));
  };

  test('hold each other’s public key once the registration is confirmed', async () => {
    await expect(register(a, b)).resolves.toMatchObject({ id: 1, name: 'B', stage: 'Test' });
    await holdEachOther();
    await forget(a, b);
  });

  test('are repaired by the same call when the answer was lost', async () => {
    b.front.fault = 'drop-answer';
    await expect(register(a, b)).rejects.toThrow(refused('REGISTRATION_PEER_UNREACHABLE'));
    expect(await peersOf(a)).toEqual([]);
    expect(await peersOf(b)).toHaveLength(1);
    b.front.fault = 'none';
    await register(a, b);
    await holdEachOther();
    await forget(b, a);
  });

  test('are repaired by the same call when the remote side died before it answered', async () => {
    b.front.fault = 'drop-request';
    await expect(register(a, b)).rejects.toThrow(refused('REGISTRATION_PEER_UNREACHABLE'));
    b.front.fault = 'none';
    await b.stop();
    await expect(
      a
        .peers()
        .registerPeer({ url: b.front.url, issId: b.iss(), key: Buffer.alloc(32).toString('base64') }, { caller: adminCaller }),
    ).rejects.toThrow(refused('REGISTRATION_PEER_UNREACHABLE'));
    await b.start();
    await register(a, b);
    await holdEachOther();
    await forget(a, b);
  });

  test('are repaired by the same call when the own side died after the answer, and keep their trust over restarts', async () => {
    // As if A had died between the answer and its own append: B knows A, A does not know B.
    b.front.fault = 'drop-answer';
    await expect(register(a, b)).rejects.toThrow();
    b.front.fault = 'none';
    await a.stop();
    await a.start();
    expect(await peersOf(a)).toEqual([]);
    await register(a, b);
    await a.stop();
    await b.stop();
    await Promise.all([a.start(), b.start()]);
    await holdEachOther();
    await forget(a, b);
  });

  test('tell each other new settings, also after one was down', async () => {
    await register(a, b);
    await a.server().updateSettings({ name: 'Aachen', stage: 'Dev' }, { caller: adminCaller });
    await eventually(async () => (await peersOf(b)).some(({ name, stage }) => name === 'Aachen' && stage === 'Dev'));
    b.front.fault = 'drop-request';
    await a.server().updateSettings({ name: 'Ahlen' }, { caller: adminCaller });
    const failures = 'select failures from registration.profile_pushes where failures > 0';
    await eventually(async () => (await a.pool.query(failures)).rowCount === 1);
    await a.stop();
    b.front.fault = 'none';
    await a.start();
    await eventually(async () => (await peersOf(b)).some(({ name }) => name === 'Ahlen'), 120_000);
    await forget(a, b);
  });

  test('end the trust on both sides at once, and leave no request good', async () => {
    await register(a, b);
    const request = { method: 'GET', target: '/api/ods/v1/changes', bodySha256: 'e3b0' };
    const { authorization, baseUrl } = await a.trust().signRequest({ peerIss: b.iss(), ...request });
    expect(baseUrl).toBe(b.front.url);
    const [peer] = await peersOf(b);
    await expect(b.peers().unregisterPeer({ id: peer?.id ?? 0, block: false }, { caller: adminCaller })).resolves.toEqual({
      peerTold: true,
    });
    const verifier = b.connectAs('gateway');
    await expect(verifier.client(TrustServiceService).verifyRequest({ authorization, ...request })).rejects.toThrow(
      refused('REGISTRATION_SIGNATURE_INVALID'),
    );
    expect(await peersOf(a)).toEqual([]);
  });

  test('never reuse the number of a peer', async () => {
    const first = await register(a, b);
    await forget(a, b);
    const second = await register(a, b);
    expect(second?.id).toBeGreaterThan(first?.id ?? 0);
    await forget(a, b);
  });
});
