import { OdstError } from '@odst/kernel';
import { manualClock } from '@odst/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  adminCommand,
  type MemoryNetwork,
  type MemoryServer,
  memoryNetwork,
  startMemoryServer,
} from '../support/memory-server.ts';

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
    const attempt = b.acceptProfile(
      a.iss,
      { name: 'A', url: 'http://8.8.8.8', stage: 'Prod', firewalledMode: false },
      adminCommand(),
    );
    await expect(attempt).rejects.toThrow(expect.objectContaining({ code: 'REGISTRATION_PEER_URL_INSECURE' }));
    expect(b.directory.peer(a.iss)?.profile.url).toBe('http://10.0.0.1');
  });

  test('that say too little are not taken', async () => {
    const attempt = b.acceptProfile(
      a.iss,
      { name: 'A', url: 'http://10.0.0.1', stage: 'prod', firewalledMode: false },
      adminCommand(),
    );
    await expect(attempt).rejects.toThrow(expect.objectContaining({ code: 'REGISTRATION_PEER_INVALID' }));
  });
});
