import { manualClock } from '@odst/testing';
import { beforeEach, expect, test } from 'vitest';
import {
  adminCommand,
  type MemoryNetwork,
  type MemoryServer,
  memoryNetwork,
  startMemoryServer,
} from '../support/memory-server.ts';

const clock = manualClock();
let network: MemoryNetwork;
let a: MemoryServer;
let b: MemoryServer;

beforeEach(async () => {
  network = memoryNetwork();
  a = await startMemoryServer({ network, clock, url: 'http://10.0.0.1', name: 'A' });
  b = await startMemoryServer({ network, clock, url: 'http://10.0.0.2', name: 'B' });
  await a.registerPeer(b.invitation, adminCommand());
  network.sent.length = 0;
});

test('a dry run tells what would go, and the next start is as ever', async () => {
  await expect(a.renewIdentity(true, adminCommand())).resolves.toEqual({ iss: a.iss, peers: ['B'] });
  const again = await a.restart();
  expect(again.identity.iss).toBe(a.iss);
  expect(again.directory.peers()).toHaveLength(1);
});

test('the next start makes another identity with the same settings, and tells nobody', async () => {
  await expect(a.renewIdentity(false, adminCommand())).resolves.toEqual({ iss: a.iss, peers: ['B'] });
  expect(a.directory.server().iss).toBe(a.iss);
  const again = await a.restart();
  const { iss } = again.identity;
  expect(iss).not.toBe(a.iss);
  expect(await again.invitationKey.current()).not.toEqual(await a.invitationKey.current());
  expect(again.directory.server().profile).toMatchObject({ iss, name: 'A', url: 'http://10.0.0.1', stage: 'Prod' });
  expect(again.directory.peers()).toEqual([]);
  expect(network.sent).toEqual([]);
  expect(b.directory.peer(a.iss)).toBeDefined();
  // Once: the start after it is as ever.
  expect((await a.restart()).identity.iss).toBe(iss);
});

test('what was signed by the identity before still counts, and so does that of the peers', async () => {
  const payload = new TextEncoder().encode('a change');
  const [own, of] = [a.statements.sign('record', payload), b.statements.sign('record', payload)];
  await a.renewIdentity(false, adminCommand());
  const again = await a.restart();
  expect(again.statements.verify(a.iss, 'record', payload, own)).toBe('valid');
  expect(again.statements.verify(b.iss, 'record', payload, of)).toBe('valid');
  expect((await again.listServers()).map(({ profile, relation }) => [profile?.iss, relation])).toEqual([
    [again.identity.iss, 'self'],
    [a.iss, 'former'],
    [b.iss, 'former'],
  ]);
});

test('a peer can be registered again, and stays one over restarts', async () => {
  await a.renewIdentity(false, adminCommand());
  const again = await a.restart();
  await again.registerPeer(b.invitation, adminCommand());
  expect((await a.restart()).directory.peers().map(({ iss }) => iss)).toEqual([b.iss]);
});

test('a start that was cut off before the peers were forgotten is made up for by the next one', async () => {
  await a.renewIdentity(false, adminCommand());
  const again = await a.restart();
  await again.directory.catchUp();
  expect((await a.restart()).directory.strangers()).toEqual([]);
});
