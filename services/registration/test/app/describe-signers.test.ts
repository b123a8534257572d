import { manualClock } from '@odst/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  adminCommand,
  type MemoryNetwork,
  type MemoryServer,
  memoryNetwork,
  startMemoryServer,
} from '../support/memory-server.ts';
import { newKey, profileBy } from '../support/profiles.ts';

const nothing = new Uint8Array();
const introduced = profileBy(newKey(), { name: 'Introduced' });
let a: MemoryServer;
let b: MemoryServer;

let network: MemoryNetwork;
let clock: ReturnType<typeof manualClock>;

beforeEach(async () => {
  [network, clock] = [memoryNetwork(), manualClock()];
  a = await startMemoryServer({ network, clock, url: 'http://10.0.0.1', name: 'A' });
  b = await startMemoryServer({ network, clock, url: 'http://10.0.0.2', name: 'B' });
  await a.registerPeer(b.invitation, adminCommand());
  await a.acceptProfiles(b.iss, [introduced], adminCommand());
});

describe('signers', () => {
  test('are described in the order asked, each as often as asked', () => {
    const { publicKey } = introduced;
    expect(a.describeSigners(b.iss, [introduced.iss, 'nobody', a.iss, b.iss, introduced.iss])).toEqual([
      { iss: introduced.iss, publicKey, relation: 'introduced', blocked: false, stageCap: 'Prod' },
      { iss: 'nobody', publicKey: nothing, relation: '', blocked: false, stageCap: '' },
      { iss: a.iss, publicKey: a.identity.signer.publicKey, relation: 'self', blocked: false, stageCap: 'Prod' },
      { iss: b.iss, publicKey: b.identity.signer.publicKey, relation: 'peer', blocked: false, stageCap: 'Prod' },
      { iss: introduced.iss, publicKey, relation: 'introduced', blocked: false, stageCap: 'Prod' },
    ]);
  });

  test('have the stage of a peer that told and is one no more, and none where nobody known told', async () => {
    await a.updatePeer(1, { stageCap: 'Test' }, adminCommand());
    await a.unregisterPeer(1, adminCommand());
    const [former, other] = a.describeSigners(b.iss, [b.iss, introduced.iss]);
    expect(former).toMatchObject({ relation: 'former', stageCap: 'Test' });
    expect(other).toMatchObject({ relation: 'introduced', stageCap: 'Test' });
    expect(a.describeSigners('', [b.iss])).toMatchObject([{ relation: 'former', stageCap: '' }]);
  });

  test('have every stage where this server itself tells', async () => {
    const stageCap = 'Prod';
    expect(a.describeSigners(a.iss, [introduced.iss, b.iss])).toMatchObject([{ stageCap }, { stageCap }]);
  });

  test('have the stage of the peer that tells, and a peer its own, whoever tells', async () => {
    const hub = await startMemoryServer({ network, clock, url: 'http://10.0.0.3', name: 'Hub' });
    await a.registerPeer(hub.invitation, adminCommand());
    await a.updatePeer(1, { stageCap: 'Dev' }, adminCommand());
    await a.updatePeer(2, { stageCap: 'Test' }, adminCommand());
    const caps = (toldBy: string) => a.describeSigners(toldBy, [b.iss, hub.iss, introduced.iss]).map((one) => one.stageCap);
    expect(caps(b.iss)).toEqual(['Dev', 'Test', 'Dev']);
    expect(caps(hub.iss)).toEqual(['Dev', 'Test', 'Test']);
    expect(caps(a.iss)).toEqual(['Dev', 'Test', 'Prod']);
  });

  test('stay what they are when the peer that introduced them introduces nobody any more', async () => {
    await a.updatePeer(1, { introduces: false }, adminCommand());
    expect(a.describeSigners(b.iss, [introduced.iss])).toMatchObject([{ relation: 'introduced', stageCap: 'Prod' }]);
  });

  test('are blocked or not, and keep key and relation', async () => {
    await a.blockServer(introduced.iss, false, adminCommand());
    const [signer] = a.describeSigners(b.iss, [introduced.iss]);
    expect(signer).toMatchObject({ blocked: true, relation: 'introduced', publicKey: introduced.publicKey });
    await a.unblockServer(introduced.iss, adminCommand());
    expect(a.describeSigners(b.iss, [introduced.iss])).toMatchObject([{ blocked: false }]);
  });

  test('are at most 1,000', () => {
    const isses = Array.from({ length: 1_000 }, () => b.iss);
    expect(a.describeSigners(b.iss, isses).length).toBe(1_000);
    const invalid = expect.objectContaining({ code: 'COMMON_REQUEST_INVALID' });
    expect(() => a.describeSigners(b.iss, [...isses, b.iss])).toThrow(invalid);
  });
});
