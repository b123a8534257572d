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
import { newKey, profileBy } from '../support/profiles.ts';

const request = { method: 'GET', target: '/api/ods/v1/changes', bodySha256: '' };
const coded = (code: string) => expect.objectContaining({ code });
const blockedHere = coded('REGISTRATION_SERVER_BLOCKED');
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
});

const block = (server: MemoryServer) => a.blockServer(server.iss, false, adminCommand());

describe('blocking', () => {
  test('a peer ends the trust on both sides, changes the Key, and leaves the server known', async () => {
    const keyBefore = (await a.invite()).key;
    await expect(block(b)).resolves.toMatchObject({ unregistered: true, peerTold: true, keyChanged: true, introduced: 0 });
    expect(a.directory.peers().map(({ iss }) => iss)).toEqual([c.iss]);
    expect(b.directory.peers()).toEqual([]);
    expect((await a.invite()).key).not.toBe(keyBefore);
    expect(a.secrets.all.size).toBe(b.secrets.all.size);
    const now = clock.now();
    expect((await a.listServers()).map(({ profile, relation, blockedSince }) => [profile?.name, relation, blockedSince])).toEqual(
      [
        ['A', 'self', undefined],
        ['B', 'former', now],
        ['C', 'peer', undefined],
      ],
    );
  });

  test('refuses the requests of the server, and tells it why, and nobody else', async () => {
    const [before, forged] = [await b.signRequest(a.iss, request), await c.signRequest(a.iss, request)];
    await block(b);
    await expect(a.verifyRequest(before, request)).rejects.toThrow(blockedHere);
    const [head = '', , signature = ''] = forged.split('.');
    const claims = before.split('.')[1] ?? '';
    const pretended = a.verifyRequest([head, claims, signature].join('.'), request);
    await expect(pretended).rejects.toThrow(coded('REGISTRATION_SIGNATURE_INVALID'));
    await expect(a.verifyRequest(await c.signRequest(a.iss, request), request)).resolves.toMatchObject({ iss: c.iss });
  });

  test('refuses its registration, from either side, under the Key of before and under that of now', async () => {
    await block(b);
    const refused = coded('REGISTRATION_PEER_REFUSED');
    await expect(b.registerPeer(a.invitation, adminCommand())).rejects.toThrow(refused);
    await expect(b.registerPeer(await a.invite(), adminCommand())).rejects.toThrow('B (');
    await expect(a.registerPeer(await b.invite(), adminCommand())).rejects.toThrow(blockedHere);
    expect(a.directory.peer(b.iss)).toBeUndefined();
  });

  test('refuses what is newer of it, whoever passes it on, and keeps what was known', async () => {
    await block(b);
    const known = b.directory.server().profile;
    await b.updateSettings({ name: 'Bonn' }, adminCommand());
    const refused = await a.acceptProfiles(c.iss, [b.directory.server().profile, known], adminCommand());
    expect(refused).toMatchObject([{ iss: b.iss, code: 'REGISTRATION_SERVER_BLOCKED' }]);
    expect(a.directory.known(b.iss)?.profile.name).toBe('B');
  });

  test('refuses what a page of it still brings that was read before', async () => {
    await block(b);
    const stranger = profileBy(newKey(), { stamp: 2n });
    await expect(a.acceptProfiles(b.iss, [stranger], adminCommand())).resolves.toMatchObject([
      { iss: stranger.iss, code: 'REGISTRATION_SERVER_BLOCKED' },
    ]);
  });

  test('a server that cannot be reached holds here, and that one learns by its next request', async () => {
    network.fault = async () => {
      throw new OdstError('REGISTRATION_PEER_UNREACHABLE', 'down');
    };
    await expect(block(b)).resolves.toMatchObject({ unregistered: true, peerTold: false });
    expect(a.directory.peer(b.iss)).toBeUndefined();
  });

  test('one that is no peer tells nobody, and counts those that it introduced', async () => {
    const stranger = profileBy(newKey(), { stamp: 2n });
    await a.acceptProfiles(b.iss, [stranger], adminCommand());
    await a.unregisterPeer(1, adminCommand());
    network.sent.length = 0;
    await expect(block(b)).resolves.toMatchObject({ unregistered: false, peerTold: false, keyChanged: true, introduced: 1 });
    await expect(a.blockServer(stranger.iss, false, adminCommand())).resolves.toMatchObject({ introduced: 0 });
    expect(network.sent).toEqual([]);
  });

  test('twice does it once: the Key stays', async () => {
    await block(b);
    const { key } = await a.invite();
    await expect(block(b)).resolves.toMatchObject({ unregistered: false, keyChanged: false });
    expect((await a.invite()).key).toBe(key);
  });

  test('by a dry run tells what it would do, and does nothing', async () => {
    network.sent.length = 0;
    const { key } = await a.invite();
    const would = await a.blockServer(b.iss, true, adminCommand());
    expect(would).toMatchObject({ unregistered: true, peerTold: false, keyChanged: true, server: { relation: 'peer' } });
    expect(a.directory.peer(b.iss)).toBeDefined();
    expect((await a.invite()).key).toBe(key);
    expect(network.sent).toEqual([]);
  });

  test('of itself or of a server that is not known is refused', async () => {
    await expect(block(a)).rejects.toThrow(coded('REGISTRATION_PEER_SELF'));
    const nobody = 'f'.repeat(32);
    await expect(a.blockServer(nobody, false, adminCommand())).rejects.toThrow(coded('REGISTRATION_SERVER_UNKNOWN'));
    await expect(a.unblockServer(nobody, adminCommand())).rejects.toThrow(coded('REGISTRATION_SERVER_UNKNOWN'));
    expect((await a.invite()).key).toBe(a.invitation.key);
  });

  test('the identity that this server had before is possible, and then it cannot register', async () => {
    await a.renewIdentity(false, adminCommand());
    const again = await a.restart();
    await again.blockServer(a.iss, false, adminCommand());
    expect(again.directory.known(a.iss)).toMatchObject({ relation: 'former', blocked: true });
  });
});

test('an unblocked server is registered again under the Key of now, keeps its settings, and its news are taken', async () => {
  await a.updatePeer(1, { stageCap: 'Test' }, adminCommand());
  await block(b);
  const unblocked = { relation: 'former', blocked: false };
  await expect(a.unblockServer(b.iss, adminCommand())).resolves.toMatchObject({ server: unblocked, wasBlocked: true });
  await expect(a.unblockServer(b.iss, adminCommand())).resolves.toMatchObject({ server: unblocked, wasBlocked: false });
  await expect(b.registerPeer(a.invitation, adminCommand())).rejects.toThrow(coded('REGISTRATION_PEER_REFUSED'));
  await b.registerPeer(await a.invite(), adminCommand());
  expect(a.directory.peer(b.iss)).toMatchObject({ stageCap: 'Test', introduces: true, blockedSince: undefined });
  await expect(a.verifyRequest(await b.signRequest(a.iss, request), request)).resolves.toMatchObject({ iss: b.iss });
});

describe('the Key', () => {
  test('that was changed opens nothing any more, and the new one does; peers go on', async () => {
    const d = await startMemoryServer({ network, clock, url: 'http://10.0.0.4', name: 'D' });
    const key = await a.invitationKey.rotate(adminCommand());
    expect((await a.invite()).key).toBe(Buffer.from(key).toString('base64'));
    await expect(d.registerPeer(a.invitation, adminCommand())).rejects.toThrow(coded('REGISTRATION_PEER_REFUSED'));
    await d.registerPeer(await a.invite(), adminCommand());
    await expect(a.verifyRequest(await b.signRequest(a.iss, request), request)).resolves.toMatchObject({ iss: b.iss });
    expect((await a.restart()).directory.server().keySecretId).toBe(a.directory.server().keySecretId);
  });

  test('is changed once by a command that is repeated', async () => {
    const command = adminCommand();
    const key = await a.invitationKey.rotate(command);
    expect(await a.invitationKey.rotate(command)).toEqual(key);
  });
});

describe('what is taken from a peer', () => {
  test('is set by an admin, and answered with', async () => {
    await expect(a.updatePeer(1, { introduces: false }, adminCommand())).resolves.toMatchObject({
      iss: b.iss,
      stageCap: 'Prod',
      introduces: false,
    });
    const invalid = coded('REGISTRATION_SETTING_INVALID');
    await expect(a.updatePeer(1, { stageCap: 'prod' }, adminCommand())).rejects.toThrow(invalid);
    await expect(a.updatePeer(9, { stageCap: 'Dev' }, adminCommand())).rejects.toThrow(coded('REGISTRATION_PEER_UNKNOWN'));
  });

  test('are no introductions where it introduces nobody, but its own news', async () => {
    const stranger = profileBy(newKey(), { stamp: 2n });
    await a.updatePeer(1, { introduces: false }, adminCommand());
    await b.updateSettings({ name: 'Bonn' }, adminCommand());
    await c.updateSettings({ name: 'Chur' }, adminCommand());
    const told = [stranger, c.directory.server().profile, b.directory.server().profile];
    const refused = await a.acceptProfiles(b.iss, told, adminCommand());
    const code = 'REGISTRATION_INTRODUCTION_REFUSED';
    expect(refused).toMatchObject([
      { iss: stranger.iss, code },
      { iss: c.iss, code },
    ]);
    expect(a.directory.peer(b.iss)?.profile.name).toBe('Bonn');
    await a.updatePeer(1, { introduces: true }, adminCommand());
    await expect(a.acceptProfiles(b.iss, told, adminCommand())).resolves.toEqual([]);
  });
});
