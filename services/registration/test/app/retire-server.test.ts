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
import { retirementBy } from '../support/retirements.ts';

const coded = (code: string) => expect.objectContaining({ code });
let clock: ReturnType<typeof manualClock>;
let network: MemoryNetwork;
let a: MemoryServer;
let b: MemoryServer;
let c: MemoryServer;

/** A and C are peers of B, which introduces them to each other. */
beforeEach(async () => {
  clock = manualClock();
  network = memoryNetwork();
  a = await startMemoryServer({ network, clock, url: 'http://10.0.0.1', name: 'A' });
  b = await startMemoryServer({ network, clock, url: 'http://10.0.0.2', name: 'B' });
  c = await startMemoryServer({ network, clock, url: 'http://10.0.0.3', name: 'C' });
  await b.registerPeer(a.invitation, adminCommand());
  await b.registerPeer(c.invitation, adminCommand());
  await a.acceptProfiles(b.iss, [profileOf(c)], adminCommand());
  await c.acceptProfiles(b.iss, [profileOf(a)], adminCommand());
});

const profileOf = (server: MemoryServer) => server.directory.server().profile;
const retire = (server: MemoryServer, by = a) => by.retireServer(server.iss, ' closed ', adminCommand());
const rowOf = async (server: MemoryServer, at: MemoryServer) => {
  const row = (await at.listServers()).find(({ profile }) => profile?.iss === server.iss);
  if (row === undefined) throw new Error('it is not known there');
  return row;
};
/** What B hears of C, told by A or by C itself. */
const tellB = async (from: MemoryServer, subject: MemoryServer) => {
  const row = await rowOf(subject, from);
  const retirements = row.retirement === undefined ? [] : [row.retirement];
  return b.acceptProfiles(from.iss, [], adminCommand(), retirements);
};
const retirementOf = async (server: MemoryServer, at = a) => {
  const { retirement } = await rowOf(server, at);
  if (retirement === undefined) throw new Error('nobody retired it there');
  return retirement;
};

describe('retiring a server', () => {
  test('is signed, and shown with who did it, when and why', async () => {
    expect(await retire(c)).toMatchObject({ wasRetired: false });
    const shown = { retired: true, retiredByName: 'A' };
    const said = { byIss: a.iss, actor: 'account:admin', reason: 'closed', stamp: profileOf(c).stamp + 1n };
    expect(await rowOf(c, a)).toMatchObject({ ...shown, retirement: said });
    expect(await tellB(a, c)).toEqual([]);
    expect(await rowOf(c, b)).toMatchObject({ ...shown, retirement: said });
  });

  test('again changes nothing, also where another server did it', async () => {
    await retire(c);
    const first = await retirementOf(c);
    clock.advance(1_000);
    expect(await retire(c)).toMatchObject({ wasRetired: true });
    expect(await retirementOf(c)).toEqual(first);
  });

  test('is refused of this server, of a peer, of one that nobody knows, and for a reason that cannot be shown', async () => {
    await expect(retire(a)).rejects.toThrow(coded('REGISTRATION_PEER_SELF'));
    await expect(retire(b)).rejects.toThrow(coded('REGISTRATION_SERVER_IS_PEER'));
    await expect(retire(b)).rejects.toThrow('odst peers unregister 1 --yes');
    await expect(a.retireServer('e'.repeat(32), '', adminCommand())).rejects.toThrow(coded('REGISTRATION_SERVER_UNKNOWN'));
    for (const reason of ['a\u0007', '\ud800', 'x'.repeat(1_001)]) {
      await expect(a.retireServer(c.iss, reason, adminCommand())).rejects.toThrow(coded('COMMON_REQUEST_INVALID'));
    }
    expect((await rowOf(c, a)).retired).toBe(false);
  });

  test('counts of an identity that this server had before, by its own admin and by others', async () => {
    await b.renewIdentity(false, adminCommand());
    const again = await b.restart();
    const gone = async (at: Pick<MemoryServer, 'listServers'>) =>
      (await at.listServers()).find(({ profile }) => profile?.iss === b.iss);
    expect(await again.retireServer(b.iss, '', adminCommand())).toMatchObject({ wasRetired: false });
    expect(await gone(again)).toMatchObject({ retired: true, relation: 'former' });
    expect(await again.retireServer(b.iss, '', adminCommand())).toMatchObject({ wasRetired: true });
    await a.unregisterPeer(1, adminCommand());
    clock.advance(1_000);
    await a.retireServer(b.iss, 'copied', adminCommand());
    const { retirement } = (await gone(a)) ?? {};
    if (retirement === undefined) throw new Error('it is not retired at A');
    await again.acceptProfiles(a.iss, [profileOf(a)], adminCommand(), [retirement]);
    expect(await gone(again)).toMatchObject({ retired: true, retirement: { byIss: a.iss } });
  });

  test('counts of a server whose clock is ahead', async () => {
    const ahead = BigInt(clock.now().getTime()) + 3_600_000n;
    const key = newKey();
    const fast = profileBy(key, { name: 'Fast', stamp: ahead });
    await a.acceptProfiles(b.iss, [fast], adminCommand());
    await a.retireServer(fast.iss, '', adminCommand());
    expect((await a.listServers()).find(({ profile }) => profile?.name === 'Fast')).toMatchObject({ retired: true });
  });
});

describe('a server that was retired and lives', () => {
  test('says so when it hears of it, and is retired no more wherever that is heard', async () => {
    await retire(c);
    await tellB(a, c);
    expect(await c.acceptProfiles(b.iss, [], adminCommand(), [await retirementOf(c)])).toEqual([]);
    expect(await rowOf(c, c)).toMatchObject({ relation: 'self', retired: true });
    expect(await c.answerRetirement()).toBeUndefined();
    expect(await rowOf(c, c)).toMatchObject({ retired: false });
    for (const other of [a, b]) {
      await other.acceptProfiles(b.iss === other.iss ? c.iss : b.iss, [profileOf(c)], adminCommand());
      expect(await rowOf(c, other)).toMatchObject({ retired: false, retiredByName: 'A', retirement: { byIss: a.iss } });
    }
    // Told again, it stays what it is.
    await tellB(a, c);
    expect((await rowOf(c, b)).retired).toBe(false);
  });

  test('says so after a restart that came in between, and with a clock that is behind', async () => {
    const slow = { now: () => new Date(clock.now().getTime() - 600_000) };
    const d = await startMemoryServer({ network, clock: slow, url: 'http://10.0.0.4', name: 'D' });
    await d.registerPeer(b.invitation, adminCommand());
    await a.acceptProfiles(b.iss, [profileOf(d), profileOf(b)], adminCommand());
    await retire(d);
    await d.acceptProfiles(b.iss, [], adminCommand(), [await retirementOf(d)]);
    const again = await d.restart();
    expect(await again.answerRetirement()).toBeUndefined();
    expect(again.directory.server().profile.stamp).toBeGreaterThan((await retirementOf(d)).stamp);
    expect((await again.listServers())[0]).toMatchObject({ retired: false });
  });

  test('says so once a minute at most, and no claim is left without an answer', async () => {
    const hear = async () => {
      await a.acceptProfiles(b.iss, [profileOf(c)], adminCommand());
      await retire(c);
      await c.acceptProfiles(b.iss, [], adminCommand(), [await retirementOf(c)]);
    };
    await hear();
    expect(await c.answerRetirement()).toBeUndefined();
    clock.advance(20_000);
    await hear();
    expect(await c.answerRetirement()).toBe(40_000);
    expect((await rowOf(c, c)).retired).toBe(true);
    clock.advance(40_000);
    expect(await c.answerRetirement()).toBeUndefined();
    expect((await rowOf(c, c)).retired).toBe(false);
  });

  test('says so whoever retired it: a stranger, a blocked server, over a peer that introduces nobody', async () => {
    const stamp = BigInt(clock.now().getTime()) + 1_000n;
    const byStranger = retirementBy(newKey(), { iss: c.iss, stamp });
    await c.updatePeer(1, { introduces: false }, adminCommand());
    expect(await c.acceptProfiles(b.iss, [], adminCommand(), [byStranger])).toEqual([]);
    await c.answerRetirement();
    expect(profileOf(c).stamp).toBeGreaterThan(stamp);
  });
});

describe('a retirement that a peer told', () => {
  test('is refused where it is altered, of nobody, or by nobody, and changes nothing', async () => {
    await retire(c);
    const good = await retirementOf(c);
    const stranger = newKey();
    const cases = [
      [{ ...good, reason: 'another' }, 'signature'],
      [{ ...good, byIss: b.iss }, 'key'],
      [{ ...good, iss: a.iss }, 'of the server that signed it'],
      [{ ...good, stamp: good.stamp + 2n * 86_400_000n }, 'stamp'],
      [{ ...good, actor: 'a\nb' }, 'control'],
      [{ ...good, signature: new Uint8Array(3) }, 'signature'],
      [retirementBy(stranger, { iss: c.iss, stamp: good.stamp }), 'unknown here'],
      [retirementBy(a.identity.signer, { iss: 'd'.repeat(32), stamp: good.stamp }), 'unknown here'],
    ] as const;
    for (const [told, why] of cases) {
      expect(await b.acceptProfiles(a.iss, [], adminCommand(), [told])).toMatchObject([
        { iss: told.iss, code: 'REGISTRATION_PEER_INVALID', reason: expect.stringContaining(why) },
      ]);
    }
    expect((await rowOf(c, b)).retirement).toBeUndefined();
  });

  test('of a blocked server, or over a peer that introduces nobody, is refused', async () => {
    await retire(c);
    const told = await retirementOf(c);
    const d = await startMemoryServer({ network, clock, url: 'http://10.0.0.4', name: 'D' });
    await d.registerPeer(b.invitation, adminCommand());
    await d.acceptProfiles(b.iss, [profileOf(a), profileOf(c)], adminCommand());
    await d.updatePeer(1, { introduces: false }, adminCommand());
    expect(await d.acceptProfiles(b.iss, [], adminCommand(), [told])).toMatchObject([
      { code: 'REGISTRATION_INTRODUCTION_REFUSED' },
    ]);
    await d.updatePeer(1, { introduces: true }, adminCommand());
    await d.blockServer(a.iss, false, adminCommand());
    expect(await d.acceptProfiles(b.iss, [], adminCommand(), [told])).toMatchObject([{ code: 'REGISTRATION_SERVER_BLOCKED' }]);
    expect((await rowOf(c, d)).retirement).toBeUndefined();
  });
});
