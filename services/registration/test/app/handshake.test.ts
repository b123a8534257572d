import { OdstError } from '@odst/kernel';
import type { HttpRequest } from '@odst/peer-client';
import { manualClock } from '@odst/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import type { SignedProfile } from '../../src/domain/signed-profile.ts';
import { shiftedClock } from '../support/memory-ports.ts';
import {
  adminCommand,
  type MemoryAnswer,
  type MemoryNetwork,
  type MemoryServer,
  memoryNetwork,
  startMemoryServer,
} from '../support/memory-server.ts';

const urlA = 'http://10.0.0.1:8080';
const urlB = 'http://10.0.0.2:8080';
const clock = manualClock();
let network: MemoryNetwork;
let a: MemoryServer;
let b: MemoryServer;

beforeEach(async () => {
  network = memoryNetwork();
  a = await startMemoryServer({ network, clock, url: urlA, name: 'A' });
  b = await startMemoryServer({ network, clock, url: urlB, name: 'B' });
});

const register = (from: MemoryServer, to: MemoryServer) => from.registerPeer(to.invitation, adminCommand());
const refused = (code: string) => expect.objectContaining({ code });
const eventTypes = async (server: MemoryServer) => (await server.store.readAll(0n, 100)).map(({ type }) => type);
const holdEachOther = () => {
  expect(a.directory.peer(b.iss)).toMatchObject({ profile: { name: 'B', url: urlB, publicKey: b.identity.signer.publicKey } });
  expect(b.directory.peer(a.iss)).toMatchObject({ profile: { name: 'A', url: urlA, publicKey: a.identity.signer.publicKey } });
};

describe('a registration', () => {
  test('gives each side the other one, with its public key', async () => {
    await expect(register(a, b)).resolves.toMatchObject({ peerId: 1, iss: b.iss });
    holdEachOther();
    expect(await eventTypes(a)).toEqual(['ServerInitialized', 'AccountCreated', 'PeerRegistered']);
  });

  test('waits ten seconds for the answer', async () => {
    await register(a, b);
    expect(network.sent.map(({ method, target, limits }) => ({ method, target, wholeMs: limits.wholeMs }))).toEqual([
      { method: 'POST', target: '/api/ods/v1/peers', wholeMs: 10_000 },
    ]);
  });

  test('may be repeated, and made from the other side, without a further event', async () => {
    await register(a, b);
    await register(a, b);
    await register(b, a);
    expect(await eventTypes(a)).toEqual(['ServerInitialized', 'AccountCreated', 'PeerRegistered']);
    expect(await eventTypes(b)).toEqual(['ServerInitialized', 'AccountCreated', 'PeerRegistered']);
  });

  test('puts no secret into an event', async () => {
    await register(a, b);
    const events = JSON.stringify(await a.store.readAll(0n, 100), (_key, value) =>
      typeof value === 'bigint' ? `${value}` : value,
    );
    const secrets = [...a.secrets.all.values()].map((secret) => Buffer.from(secret));
    expect(secrets.length).toBe(5);
    for (const secret of secrets) {
      for (const form of ['base64', 'base64url', 'hex', 'utf8'] as const) expect(events).not.toContain(secret.toString(form));
    }
  });

  test('is repaired when the answer was lost', async () => {
    network.fault = async (_request, deliver) => {
      await deliver();
      throw new OdstError('REGISTRATION_PEER_TIMEOUT', 'no answer');
    };
    await expect(register(a, b)).rejects.toThrow(refused('REGISTRATION_PEER_TIMEOUT'));
    expect(a.directory.peer(b.iss)).toBeUndefined();
    expect(b.directory.peer(a.iss)).toBeDefined();
    network.fault = undefined;
    await register(a, b);
    holdEachOther();
  });

  test('is repaired when the remote server died before it stored anything', async () => {
    network.fault = async () => {
      throw new OdstError('REGISTRATION_PEER_UNREACHABLE', 'connection reset');
    };
    await expect(register(a, b)).rejects.toThrow(refused('REGISTRATION_PEER_UNREACHABLE'));
    expect(b.directory.peer(a.iss)).toBeUndefined();
    network.fault = undefined;
    await register(a, b);
    holdEachOther();
  });

  test('is repaired after one side forgot the other, from either side', async () => {
    await register(a, b);
    network.fault = async () => {
      throw new OdstError('REGISTRATION_PEER_UNREACHABLE', 'down');
    };
    await expect(a.unregisterPeer(1, adminCommand())).resolves.toBe(false);
    network.fault = undefined;
    expect(b.directory.peer(a.iss)).toBeDefined();
    await register(b, a);
    holdEachOther();
    expect(a.directory.peer(b.iss)?.peerId).toBe(2);
  });

  test('updates a peer that has another name and URL by now', async () => {
    await register(a, b);
    network.servers.set('http://10.0.0.9:8080', network.servers.get(urlB) ?? { answer: () => Promise.reject() });
    await b.updateSettings({ name: 'Bonn', url: 'http://10.0.0.9:8080' }, adminCommand());
    await a.registerPeer({ ...b.invitation, url: 'http://10.0.0.9:8080' }, adminCommand());
    expect(a.directory.peer(b.iss)).toMatchObject({ peerId: 1, profile: { name: 'Bonn', url: 'http://10.0.0.9:8080' } });
    expect(await eventTypes(a)).toContain('ServerProfileChanged');
  });

  test.each([
    ['itself', () => a.invitation, 'REGISTRATION_PEER_SELF', '/iss_id'],
    ['its own URL', () => ({ ...b.invitation, url: urlA }), 'REGISTRATION_PEER_SELF', '/url'],
    ['a malformed key', () => ({ ...b.invitation, key: 'abc' }), 'REGISTRATION_PEER_INVALID', '/key'],
    ['a malformed ISS ID', () => ({ ...b.invitation, issId: 'xyz' }), 'REGISTRATION_PEER_INVALID', '/iss_id'],
    ['a malformed URL', () => ({ ...b.invitation, url: 'b' }), 'REGISTRATION_PEER_INVALID', '/url'],
    [
      'plain http to a public address',
      () => ({ ...b.invitation, url: 'http://8.8.8.8' }),
      'REGISTRATION_PEER_URL_INSECURE',
      '/url',
    ],
    [
      'plain http to an unknown name',
      () => ({ ...b.invitation, url: 'http://b.example' }),
      'REGISTRATION_PEER_URL_INSECURE',
      '/url',
    ],
    [
      'an address where nobody listens',
      () => ({ ...b.invitation, url: 'http://10.9.9.9' }),
      'REGISTRATION_PEER_UNREACHABLE',
      '/url',
    ],
    ["another server's key", () => ({ ...b.invitation, key: a.invitation.key }), 'REGISTRATION_PEER_REFUSED', '/key'],
    ['the ISS ID of another server', () => ({ ...b.invitation, issId: 'c'.repeat(32) }), 'REGISTRATION_PEER_REFUSED', '/iss_id'],
  ])('with %s is refused, says which field is wrong, and leaves nothing', async (_what, copied, code, pointer) => {
    const error = expect.objectContaining({ code, details: expect.objectContaining({ pointer }) });
    await expect(a.registerPeer(copied(), adminCommand())).rejects.toThrow(error);
    expect(a.directory.peers()).toEqual([]);
    expect(b.directory.peers()).toEqual([]);
  });

  test('tells why the remote server refused', async () => {
    const attempt = a.registerPeer({ ...b.invitation, issId: 'c'.repeat(32) }, adminCommand());
    await expect(attempt).rejects.toThrow(/the token is meant for the server c+, not for this one/);
  });

  test('needs an own URL on both sides', async () => {
    const unset = await startMemoryServer({ network, clock, url: '' });
    await expect(register(unset, b)).rejects.toThrow(refused('REGISTRATION_URL_UNSET'));
    network.servers.set('http://10.0.0.3', network.servers.get('') ?? { answer: () => Promise.reject() });
    const attempt = a.registerPeer({ ...unset.invitation, url: 'http://10.0.0.3' }, adminCommand());
    await expect(attempt).rejects.toThrow(
      expect.objectContaining({
        code: 'REGISTRATION_PEER_REFUSED',
        details: expect.objectContaining({ remoteCode: 'REGISTRATION_URL_UNSET' }),
      }),
    );
  });

  test('of a firewalled server is possible from its own side only', async () => {
    const walled = await startMemoryServer({ network, clock, url: 'http://10.0.0.3', name: 'W', firewalledMode: true });
    await expect(register(a, walled)).rejects.toThrow(refused('REGISTRATION_PEER_FIREWALLED'));
    await register(walled, a);
    expect(a.directory.peer(walled.iss)?.profile.firewalledMode).toBe(true);
  });

  test('is refused where the caller would be reached by plain http over a public address', async () => {
    // Names lead elsewhere inside of its network than outside.
    const addresses = { resolve: async () => ['10.0.0.4'] };
    const open = await startMemoryServer({ network, clock, url: 'http://o.example', name: 'O', addresses });
    await expect(register(open, b)).rejects.toThrow(refused('REGISTRATION_PEER_REFUSED'));
  });

  test('over plain http is allowed for a name whose addresses are all private', async () => {
    const resolve = async (host: string) => (host === 'mixed.lan' ? ['10.0.0.2', '8.8.8.8'] : ['10.0.0.2', 'fd00::2']);
    const c = await startMemoryServer({ network, clock, url: 'http://10.0.0.3', addresses: { resolve } });
    for (const host of ['b.lan', 'mixed.lan'])
      network.servers.set(`http://${host}`, network.servers.get(urlB) ?? { answer: () => Promise.reject() });
    await expect(c.registerPeer({ ...b.invitation, url: 'http://mixed.lan' }, adminCommand())).rejects.toThrow(
      refused('REGISTRATION_PEER_URL_INSECURE'),
    );
    await expect(c.registerPeer({ ...b.invitation, url: 'http://b.lan' }, adminCommand())).resolves.toMatchObject({ iss: b.iss });
  });
});

describe('the handshake of clocks apart', () => {
  test.each([10 * 60_000, -10 * 60_000])('works with %i ms between them, and both sides know it', async (apartMs) => {
    const c = await startMemoryServer({ network, clock: shiftedClock(clock, apartMs), url: 'http://10.0.0.3', name: 'C' });
    await register(a, c);
    expect(a.clocks.offsetMs(c.iss)).toBe(apartMs);
    expect(c.clocks.offsetMs(a.iss)).toBe(-apartMs);
    // Both sign with the other's time from now on: no request is refused for it.
    network.sent.length = 0;
    await c.updateSettings({ name: 'Cham' }, adminCommand());
    await c.pushProfile();
    expect(network.sent.length).toBe(1);
    expect(a.directory.peer(c.iss)?.profile.name).toBe('Cham');
  });

  test('takes no message that was long on its way for one of another clock', async () => {
    network.fault = async (_request, deliver) => {
      clock.advance(7_000);
      const answer = await deliver();
      clock.advance(6_000);
      return answer;
    };
    await register(a, b);
    expect([a.clocks.offsetMs(b.iss), b.clocks.offsetMs(a.iss)]).toEqual([0, 0]);
  });

  test('is not fooled by a time that another key signed', async () => {
    const c = await startMemoryServer({ network, clock: shiftedClock(clock, 600_000), url: 'http://10.0.0.3' });
    network.fault = async (_request, deliver) => {
      const answer = await deliver();
      const signedTime = answer.headers['odst-time'];
      if (signedTime === undefined) return answer;
      return { ...answer, headers: { ...answer.headers, 'odst-time': `${signedTime.slice(0, -4)}AAAA` } };
    };
    await expect(register(a, c)).rejects.toThrow(refused('REGISTRATION_PEER_UNREACHABLE'));
  });
});

describe('a handshake that somebody meddles with', () => {
  const capture = async (): Promise<HttpRequest> => {
    await register(a, b);
    const [request] = network.sent;
    if (request === undefined) throw new Error('nothing was sent');
    return request;
  };
  const send = (request: HttpRequest) => network.servers.get(urlB)?.answer(request);
  const problem = (answer: MemoryAnswer | undefined) => JSON.parse(Buffer.from(answer?.body ?? []).toString()).code;

  test('is refused when it is replayed', async () => {
    expect(problem(await send(await capture()))).toBe('REGISTRATION_SIGNATURE_REPLAYED');
  });

  test('is refused with another body, path or method', async () => {
    const request = await capture();
    const body = Buffer.from(Buffer.from(request.body).toString().replace('"A"', '"E"'));
    expect(problem(await send({ ...request, body }))).toBe('REGISTRATION_SIGNATURE_INVALID');
    expect(problem(await send({ ...request, target: '/api/ods/v1/peers?x' }))).toBe('REGISTRATION_SIGNATURE_INVALID');
  });

  test('is refused without a token, or with one of another kind', async () => {
    const request = await capture();
    const kinds = ['', 'ODST', 'ODST a.b.c', 'Bearer x', request.headers['authorization']?.replace('ODST', 'Basic') ?? ''];
    for (const authorization of kinds) {
      expect(problem(await send({ ...request, headers: { authorization } })), authorization).toBe(
        'REGISTRATION_SIGNATURE_INVALID',
      );
    }
    const own = await a.signRequest(b.iss, { method: 'POST', target: '/api/ods/v1/peers', bodySha256: '' });
    expect(problem(await send({ ...request, headers: { authorization: own } }))).toBe('REGISTRATION_SIGNATURE_INVALID');
  });

  test.each([
    ['a key of its own', (own: SignedProfile, { iss }: SignedProfile) => ({ ...own, iss }), 'REGISTRATION_PEER_INVALID'],
    [
      'the key of that server',
      (own: SignedProfile, known: SignedProfile) => ({ ...known, url: own.url }),
      'REGISTRATION_SIGNATURE_INVALID',
    ],
  ])('does not let a holder of the invitation speak for a server that is known, with %s', async (_what, pose, code) => {
    await register(a, b);
    const impostor = await startMemoryServer({ network, clock, url: 'http://10.0.0.66', name: 'A' });
    const own = impostor.directory.server();
    const profile = pose(own.profile, a.directory.server().profile);
    Object.assign(impostor.identity, { iss: a.iss });
    Object.assign(impostor.directory, { server: () => ({ ...own, profile }) });
    const attempt = impostor.registerPeer(b.invitation, adminCommand());
    await expect(attempt).rejects.toThrow(expect.objectContaining({ details: expect.objectContaining({ remoteCode: code }) }));
    expect(b.directory.peer(a.iss)?.profile.url).toBe(urlA);
  });

  test('does not take an answer that was signed for another request, or changed', async () => {
    let first: MemoryAnswer | undefined;
    network.fault = async (_request, deliver) => {
      first = await deliver();
      throw new OdstError('REGISTRATION_PEER_TIMEOUT', 'kept back');
    };
    await expect(register(a, b)).rejects.toThrow();
    network.fault = async () => first ?? Promise.reject();
    await expect(register(a, b)).rejects.toThrow(refused('REGISTRATION_PEER_UNREACHABLE'));
    network.fault = async (_request, deliver) => {
      const answer = await deliver();
      return { ...answer, body: Buffer.from(Buffer.from(answer.body).toString().replace('"B"', '"E"')) };
    };
    await expect(register(a, b)).rejects.toThrow(refused('REGISTRATION_PEER_UNREACHABLE'));
    expect(a.directory.peers()).toEqual([]);
  });

  test('is told where the server redirects to', async () => {
    const location = 'https://ods.example/api/ods/v1/peers';
    network.fault = async () => ({ status: 308, headers: { location }, body: Buffer.alloc(0) });
    await expect(register(a, b)).rejects.toThrow(`${urlB} redirects to https://ods.example: register that URL`);
  });

  test.each([
    ['a page of a proxy', 404, 'text/html', '<h1>Not found</h1>', 'REGISTRATION_PEER_UNREACHABLE'],
    ['a redirect', 302, 'text/html', '', 'REGISTRATION_PEER_REFUSED'],
    ['a success without signature', 201, 'application/json', '{}', 'REGISTRATION_PEER_UNREACHABLE'],
    [
      'a broken server',
      503,
      'application/problem+json',
      '{"code":"COMMON_SERVICE_UNAVAILABLE","detail":"starting"}',
      'REGISTRATION_PEER_UNREACHABLE',
    ],
    ['a refusal', 422, 'application/problem+json', '{"code":"X","detail":"because"}', 'REGISTRATION_PEER_REFUSED'],
    ['a broken problem document', 422, 'application/problem+json', '{', 'REGISTRATION_PEER_UNREACHABLE'],
  ])('gets %s and says so', async (_what, status, type, text, code) => {
    network.fault = async () => ({ status, headers: { 'content-type': type }, body: Buffer.from(text) });
    await expect(register(a, b)).rejects.toThrow(refused(code));
  });
});
