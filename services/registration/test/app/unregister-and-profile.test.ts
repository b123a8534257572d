import { OdstError } from '@odst/kernel';
import { manualClock } from '@odst/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { signedProfile } from '../../src/app/sign-profile.ts';
import {
  adminCommand,
  type MemoryNetwork,
  type MemoryServer,
  memoryNetwork,
  startMemoryServer,
} from '../support/memory-server.ts';
import { newKey, profileBy } from '../support/profiles.ts';

let clock: ReturnType<typeof manualClock>;
let network: MemoryNetwork;
let a: MemoryServer;
let b: MemoryServer;
let c: MemoryServer;

beforeEach(async () => {
  clock = manualClock();
  network = memoryNetwork();
  a = await startMemoryServer({ network, clock, url: 'http://10.0.0.1', name: 'A' });
  b = await startMemoryServer({ network, clock, url: 'http://10.0.0.2', name: 'B' });
  c = await startMemoryServer({ network, clock, url: 'http://10.0.0.3', name: 'C' });
  await a.registerPeer(b.invitation, adminCommand());
  await a.registerPeer(c.invitation, adminCommand());
  network.sent.length = 0;
});

const down = async () => {
  throw new OdstError('REGISTRATION_PEER_UNREACHABLE', 'down');
};

describe('the end of a trust', () => {
  test('is known to both sides, where the peer can be reached', async () => {
    await expect(a.unregisterPeer(1, adminCommand())).resolves.toBe(true);
    expect(a.directory.peers().map(({ iss }) => iss)).toEqual([c.iss]);
    expect(b.directory.peers()).toEqual([]);
  });

  test('holds here even when the peer cannot be told', async () => {
    network.fault = down;
    await expect(a.unregisterPeer(1, adminCommand())).resolves.toBe(false);
    expect(a.directory.peer(b.iss)).toBeUndefined();
    expect(b.directory.peer(a.iss)).toBeDefined();
  });

  test('cannot be told to a firewalled peer', async () => {
    const walled = await startMemoryServer({ network, clock, url: 'http://10.0.0.4', firewalledMode: true });
    await walled.registerPeer(a.invitation, adminCommand());
    network.sent.length = 0;
    await expect(a.unregisterPeer(3, adminCommand())).resolves.toBe(false);
    expect(network.sent).toEqual([]);
  });

  test('needs a peer', async () => {
    const unknown = expect.objectContaining({ code: 'REGISTRATION_PEER_UNKNOWN' });
    await expect(a.unregisterPeer(9, adminCommand())).rejects.toThrow(unknown);
    await a.unregisterPeer(1, adminCommand());
    await expect(a.unregisterPeer(1, adminCommand())).rejects.toThrow(unknown);
  });
});

describe('new settings', () => {
  test('are told to every peer once', async () => {
    await a.updateSettings({ name: 'Aachen', stage: 'Dev' }, adminCommand());
    await expect(a.pushProfile()).resolves.toBeUndefined();
    expect(b.directory.peer(a.iss)?.profile).toMatchObject({ name: 'Aachen', stage: 'Dev' });
    expect(c.directory.peer(a.iss)?.profile).toMatchObject({ name: 'Aachen', stage: 'Dev' });
    await a.pushProfile();
    expect(network.sent.length).toBe(2);
  });

  test('that the handshake told need no telling', async () => {
    await expect(a.pushProfile()).resolves.toBeUndefined();
    await expect(b.pushProfile()).resolves.toBeUndefined();
    expect(network.sent).toEqual([]);
  });

  test('wait for a peer that is down, ever longer, without keeping the others waiting', async () => {
    await a.updateSettings({ name: 'Aachen' }, adminCommand());
    network.fault = (request, deliver) => (request.baseUrl === 'http://10.0.0.2' ? down() : deliver());
    const pauses: number[] = [];
    for (let round = 0; round < 12; round += 1) {
      const dueMs = (await a.pushProfile()) ?? 0;
      expect(await a.pushProfile()).toBe(dueMs);
      pauses.push(dueMs);
      clock.advance(dueMs + 1);
    }
    expect(c.directory.peer(a.iss)?.profile.name).toBe('Aachen');
    expect(pauses[0]).toBeGreaterThanOrEqual(500);
    expect(pauses[0]).toBeLessThanOrEqual(1_000);
    expect(pauses[11]).toBeGreaterThanOrEqual(150_000);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(300_000);
    network.fault = undefined;
    await expect(a.pushProfile()).resolves.toBeUndefined();
    expect(b.directory.peer(a.iss)?.profile.name).toBe('Aachen');
  });

  test('of a URL that would be unsafe are not taken', async () => {
    const { profile } = a.directory.server();
    const told = signedProfile({ ...profile, url: 'http://8.8.8.8', stamp: profile.stamp + 1n }, a.identity.signer);
    const [refused] = await b.acceptProfiles(a.iss, [told], adminCommand());
    expect(refused?.code).toBe('REGISTRATION_PEER_URL_INSECURE');
    expect(b.directory.peer(a.iss)?.profile.url).toBe('http://10.0.0.1');
  });

  test('are told with a signature that others can check', async () => {
    await a.updateSettings({ name: 'Aachen' }, adminCommand());
    await a.pushProfile();
    const stranger = await startMemoryServer({ network, clock, url: 'http://10.0.0.9', name: 'S' });
    const passedOn = b.directory.peer(a.iss)?.profile;
    if (passedOn === undefined) throw new Error('A is no peer of B');
    await expect(stranger.acceptProfiles(b.iss, [passedOn], adminCommand())).resolves.toEqual([]);
    expect(stranger.directory.known(a.iss)).toMatchObject({
      relation: 'introduced',
      introducedBy: b.iss,
      profile: { name: 'Aachen' },
    });
  });
});

describe('profiles that a peer passes on', () => {
  const told = async () => c.directory.server().profile;

  test('make known who is no peer, and what it signs', async () => {
    const payload = new TextEncoder().encode('a change');
    const signature = c.statements.sign('record', payload);
    expect(b.statements.verify(c.iss, 'record', payload, signature)).toBe('unknown-signer');
    await b.acceptProfiles(a.iss, [await told()], adminCommand());
    expect(b.statements.verify(c.iss, 'record', payload, signature)).toBe('valid');
    expect(b.directory.peer(c.iss)).toBeUndefined();
    const request = await c.signRequest(b.iss, { method: 'GET', target: '/', bodySha256: '' });
    await expect(b.verifyRequest(request, { method: 'GET', target: '/', bodySha256: '' })).rejects.toThrow('not registered here');
  });

  test('are listed with how they are known, this server first', async () => {
    await b.acceptProfiles(a.iss, [await told()], adminCommand());
    expect((await b.listServers()).map(({ profile, relation, introducedBy }) => [profile?.name, relation, introducedBy])).toEqual(
      [
        ['B', 'self', ''],
        ['A', 'peer', ''],
        ['C', 'introduced', a.iss],
      ],
    );
  });

  test('are refused one by one, and the others taken', async () => {
    const good = await told();
    const forged = { ...good, name: 'Evil' };
    const refused = await b.acceptProfiles(a.iss, [forged, good], adminCommand());
    expect(refused).toEqual([{ iss: c.iss, code: 'REGISTRATION_PEER_INVALID', reason: expect.stringContaining('signature') }]);
    expect(b.directory.known(c.iss)?.profile.name).toBe('C');
  });

  test('that are older than what is known change nothing', async () => {
    const old = await told();
    await c.updateSettings({ name: 'Chur' }, adminCommand());
    await b.acceptProfiles(a.iss, [await told()], adminCommand());
    await b.acceptProfiles(a.iss, [old], adminCommand());
    expect(b.directory.known(c.iss)?.profile.name).toBe('Chur');
  });

  test('of this server itself, from before it was restored, are outdone by what it is now', async () => {
    const restored = a.directory.server().profile;
    const lost = signedProfile({ ...restored, name: 'Later name', stamp: restored.stamp + 1_000n }, a.identity.signer);
    clock.advance(120_000);
    await a.acceptProfiles(b.iss, [{ ...lost, stamp: lost.stamp }], adminCommand());
    const { profile } = a.directory.server();
    expect(profile.name).toBe('A');
    expect(profile.stamp).toBeGreaterThan(lost.stamp);
    await a.pushProfile();
    expect(b.directory.peer(a.iss)?.profile.stamp).toBe(profile.stamp);
  });

  test('of this server itself that say the same by a clock that was ahead are outdone, so that the next settings count', async () => {
    const own = a.directory.server().profile;
    const ahead = signedProfile({ ...own, stamp: own.stamp + 7_200_000n }, a.identity.signer);
    await c.acceptProfiles(b.iss, [ahead], adminCommand());
    clock.advance(120_000);
    await a.acceptProfiles(b.iss, [ahead], adminCommand());
    await a.updateSettings({ name: 'Aachen' }, adminCommand());
    await a.pushProfile();
    expect(c.directory.peer(a.iss)?.profile.name).toBe('Aachen');
  });

  test('introduce a bounded number of servers, of which those that are known may still change', async () => {
    const keys = Array.from({ length: 502 }, newKey);
    const stamp = (await told()).stamp;
    const made = keys.map((key, index) => profileBy(key, { name: `Server ${index}`, stamp }));
    await b.acceptProfiles(a.iss, made.slice(0, 250), adminCommand());
    const refused = await b.acceptProfiles(a.iss, made.slice(250), adminCommand());
    const reason = expect.stringContaining('introduced 500 servers');
    expect(refused).toEqual(made.slice(500).map(({ iss }) => ({ iss, code: 'REGISTRATION_PEER_INVALID', reason })));
    const renamed = keys.slice(0, 1).map((key) => profileBy(key, { name: 'New name', stamp: stamp + 1n }));
    await expect(b.acceptProfiles(a.iss, renamed, adminCommand())).resolves.toEqual([]);
    await expect(b.acceptProfiles(a.iss, [await told()], adminCommand())).resolves.toHaveLength(1);
    expect(b.directory.others().filter(({ relation }) => relation === 'introduced')).toHaveLength(500);
  });

  test('never make a peer of a server whose newest URL would be unsafe', async () => {
    const own = c.directory.server().profile;
    const unsafe = signedProfile({ ...own, url: 'http://8.8.8.8', stamp: own.stamp + 1_000n }, c.identity.signer);
    await b.acceptProfiles(a.iss, [unsafe], adminCommand());
    await expect(c.registerPeer(b.invitation, adminCommand())).rejects.toThrow('8.8.8.8');
    await expect(b.registerPeer(c.invitation, adminCommand())).rejects.toThrow('8.8.8.8');
    expect(b.directory.peer(c.iss)).toBeUndefined();
  });

  test('that are known already are not looked at again', async () => {
    const asked: string[] = [];
    const addresses = {
      async resolve(host: string) {
        asked.push(host);
        return ['10.0.0.7'];
      },
    };
    const named = await startMemoryServer({ network, clock, url: 'http://c.lan', name: 'N', addresses });
    const d = await startMemoryServer({ network, clock, url: 'http://10.0.0.8', name: 'D', addresses });
    await d.registerPeer(named.invitation, adminCommand());
    asked.length = 0;
    await d.acceptProfiles(named.iss, [named.directory.server().profile], adminCommand());
    expect(asked).toEqual([]);
  });

  test('of a second server with this identity do not make both sign for ever', async () => {
    const own = a.directory.server().profile;
    const twin = (stamp: bigint) => signedProfile({ ...own, name: 'Twin', stamp }, a.identity.signer);
    clock.advance(120_000);
    await a.acceptProfiles(b.iss, [twin(own.stamp + 130_000n)], adminCommand());
    const once = a.directory.server().profile.stamp;
    await a.acceptProfiles(b.iss, [twin(once + 1n)], adminCommand());
    expect(a.directory.server().profile.stamp).toBe(once);
  });
});
