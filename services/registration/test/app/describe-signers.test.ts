import { manualClock } from '@odst/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { adminCommand, type MemoryServer, memoryNetwork, startMemoryServer } from '../support/memory-server.ts';
import { newKey, profileBy } from '../support/profiles.ts';

const nothing = new Uint8Array();
const introduced = profileBy(newKey(), { name: 'Introduced' });
let a: MemoryServer;
let b: MemoryServer;

beforeEach(async () => {
  const [network, clock] = [memoryNetwork(), manualClock()];
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

  test('that are no peers have no stage where the one that tells is none', async () => {
    await a.unregisterPeer(1, adminCommand());
    const [former, other] = a.describeSigners(b.iss, [b.iss, introduced.iss]);
    expect(former).toMatchObject({ relation: 'former', stageCap: '' });
    expect(other).toMatchObject({ relation: 'introduced', stageCap: '' });
  });

  test('have every stage where this server itself tells', async () => {
    const stageCap = 'Prod';
    expect(a.describeSigners(a.iss, [introduced.iss, b.iss])).toMatchObject([{ stageCap }, { stageCap }]);
  });

  test('are at most 1,000', () => {
    const isses = Array.from({ length: 1_000 }, () => b.iss);
    expect(a.describeSigners(b.iss, isses).length).toBe(1_000);
    const invalid = expect.objectContaining({ code: 'COMMON_REQUEST_INVALID' });
    expect(() => a.describeSigners(b.iss, [...isses, b.iss])).toThrow(invalid);
  });
});
