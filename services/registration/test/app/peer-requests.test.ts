import { createHmac } from 'node:crypto';
import { isOdstError } from '@odst/kernel';
import { createLogger } from '@odst/telemetry';
import { manualClock } from '@odst/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { createTokens } from '../../src/adapters/jose-tokens.ts';
import { requestClaims } from '../../src/domain/request-claims.ts';
import {
  adminCommand,
  type MemoryNetwork,
  type MemoryServer,
  memoryNetwork,
  startMemoryServer,
} from '../support/memory-server.ts';

const request = { method: 'GET', target: '/api/ods/v1/changes?after=&wait=30', bodySha256: 'e3b0c44298fc1c14' };
const invalid = expect.objectContaining({ code: 'REGISTRATION_SIGNATURE_INVALID' });
let clock: ReturnType<typeof manualClock>;
let clockB: ReturnType<typeof manualClock>;
let a: MemoryServer;
let b: MemoryServer;
let network: MemoryNetwork;
let lines: string[];

beforeEach(async () => {
  network = memoryNetwork();
  [clock, clockB] = [manualClock(), manualClock()];
  a = await startMemoryServer({ network, clock, url: 'http://10.0.0.1', name: 'A' });
  lines = [];
  const logger = createLogger({ name: 'test', destination: { write: (line) => lines.push(line) } });
  b = await startMemoryServer({ network, clock: clockB, url: 'http://10.0.0.2', name: 'B', logger });
  await a.registerPeer(b.invitation, adminCommand());
});

const peerOf = (authorization: string) => b.verifyRequest(authorization, request);
const timeOf = async (authorization: string): Promise<string> => {
  const refusal: unknown = await peerOf(authorization).catch((error: unknown) => error);
  if (!isOdstError(refusal, 'REGISTRATION_CLOCK_SKEW')) throw new Error('was not refused for the clock', { cause: refusal });
  return String(refusal.details['signedTime']);
};

describe('a request between peers', () => {
  test('names the peer that signed it', async () => {
    await expect(peerOf(await a.signRequest(b.iss, request))).resolves.toMatchObject({ iss: a.iss, profile: { name: 'A' } });
  });

  test('is good for one use', async () => {
    const authorization = await a.signRequest(b.iss, request);
    await peerOf(authorization);
    await expect(peerOf(authorization)).rejects.toThrow(expect.objectContaining({ code: 'REGISTRATION_SIGNATURE_REPLAYED' }));
  });

  test('is good for one server, method, target and body', async () => {
    const authorization = await a.signRequest(b.iss, request);
    for (const other of [{ method: 'PUT' }, { target: '/api/ods/v1/changes' }, { bodySha256: 'ff' }]) {
      await expect(b.verifyRequest(authorization, { ...request, ...other })).rejects.toThrow(invalid);
    }
    await expect(peerOf(await a.signRequest(a.iss, request))).rejects.toThrow(invalid);
    // None of the refusals used the token up.
    await expect(peerOf(authorization)).resolves.toMatchObject({ iss: a.iss });
  });

  test('that is refused is logged with who it claims to be', async () => {
    const authorization = await a.signRequest(b.iss, request);
    await expect(b.verifyRequest(authorization, { ...request, method: 'PUT' })).rejects.toThrow(invalid);
    const [line = ''] = lines.filter((text) => text.includes('refused a request'));
    expect(JSON.parse(line)).toMatchObject({ claimedIss: a.iss, method: 'PUT', code: 'REGISTRATION_SIGNATURE_INVALID' });
    expect(lines.join('')).not.toContain(authorization.slice(5));
  });

  test('of a stranger, or of one that is a peer no more, is refused', async () => {
    const stranger = await startMemoryServer({ network: memoryNetwork(), clock, url: 'http://10.0.0.3' });
    await expect(peerOf(await stranger.signRequest(b.iss, request))).rejects.toThrow(invalid);
    await b.acceptUnregistration(a.iss, adminCommand());
    await expect(peerOf(await a.signRequest(b.iss, request))).rejects.toThrow(invalid);
  });

  test('is refused with every algorithm but the pinned one, and as a token of another kind', async () => {
    const claims = requestClaims({ iss: a.iss, aud: b.iss, jti: 'x'.repeat(22) }, request, clock.now().getTime());
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const none = `${encode({ alg: 'none', typ: 'odst-request+jwt' })}.${encode(claims)}.`;
    const signing = `${encode({ alg: 'HS256', typ: 'odst-request+jwt' })}.${encode(claims)}`;
    const confused = createHmac('sha256', a.identity.signer.publicKey).update(signing).digest('base64url');
    const byInvitation = await createTokens().signShared('request', claims, await b.invitationKey.current());
    const otherKind = await a.identity.signer.signToken('proof', claims);
    for (const token of [none, `${signing}.${confused}`, byInvitation, otherKind, 'a.b', 'a.b.c.d', '..', '{}']) {
      await expect(peerOf(`ODST ${token}`), token).rejects.toThrow(invalid);
    }
    await expect(peerOf(`ODST ${await a.identity.signer.signToken('request', claims)}`)).resolves.toBeDefined();
  });

  test('is refused with claims of wrong types, signed or not', async () => {
    const claims = requestClaims({ iss: a.iss, aud: b.iss, jti: 'x'.repeat(22) }, request, clock.now().getTime());
    for (const wrong of [{ exp: 'never' }, { exp: claims.exp + 1e6 }, { jti: '' }, { aud: [b.iss] }, { iat: 1.5 }]) {
      const token = await a.identity.signer.signToken('request', { ...claims, ...wrong });
      await expect(peerOf(`ODST ${token}`), JSON.stringify(wrong)).rejects.toThrow(invalid);
    }
  });
});

describe('clocks that drift apart', () => {
  test.each([
    ['ahead', 10 * 60_000],
    ['behind', -10 * 60_000],
  ])('cost one refusal with the clock %s, then the difference is known', async (_where, driftMs) => {
    clockB.advance(driftMs);
    const authorization = await a.signRequest(b.iss, request);
    const signedTime = await timeOf(authorization);
    await expect(a.reportPeerTime(b.iss, signedTime, authorization)).resolves.toBe(driftMs);
    expect(a.clocks.offsetMs(b.iss)).toBe(driftMs);
    await expect(peerOf(await a.signRequest(b.iss, request))).resolves.toMatchObject({ iss: a.iss });
  });

  test.each([10 * 60_000, -10 * 60_000])('by %i ms cost the next call one more try, and later calls none', async (driftMs) => {
    clockB.advance(driftMs);
    network.sent.length = 0;
    await a.updateSettings({ name: 'Aachen' }, adminCommand());
    await a.pushProfile();
    expect(b.directory.peer(a.iss)?.profile.name).toBe('Aachen');
    await expect(a.unregisterPeer(1, adminCommand())).resolves.toBe(true);
    expect(b.directory.peer(a.iss)).toBeUndefined();
    expect(network.sent.map(({ method }) => method)).toEqual(['PUT', 'PUT', 'DELETE']);
  });

  test('cost the call that ends a trust one more try', async () => {
    clockB.advance(10 * 60_000);
    await expect(a.unregisterPeer(1, adminCommand())).resolves.toBe(true);
    expect(b.directory.peer(a.iss)).toBeUndefined();
  });

  test('within a minute are no matter', async () => {
    clockB.advance(-59_000);
    await expect(peerOf(await a.signRequest(b.iss, request))).resolves.toBeDefined();
    clockB.advance(118_000);
    await expect(peerOf(await a.signRequest(b.iss, request))).resolves.toBeDefined();
  });

  test('a token that was captured is not made good again by the time that refuses it', async () => {
    const authorization = await a.signRequest(b.iss, request);
    clock.advance(10 * 60_000);
    clockB.advance(10 * 60_000);
    await expect(timeOf(authorization)).resolves.toMatch(/^ey/);
    await expect(timeOf(authorization)).resolves.toMatch(/^ey/);
  });

  test('are learnt only from the peer itself, and only in answer to the own request', async () => {
    clockB.advance(10 * 60_000);
    const authorization = await a.signRequest(b.iss, request);
    const signedTime = await timeOf(authorization);
    const another = await a.signRequest(b.iss, request);
    const forged = await a.identity.signer.signToken('time', { iss: b.iss, aud: a.iss, jti: 'x', nowMs: 0 });
    for (const [time, answered, iss] of [
      [signedTime, another, b.iss],
      [signedTime, authorization, a.iss],
      [signedTime, `ODST ${signedTime}`, b.iss],
      [forged, authorization, b.iss],
      ['', authorization, b.iss],
      [signedTime, '', b.iss],
    ] as const) {
      await expect(a.reportPeerTime(iss, time, answered)).rejects.toThrow(invalid);
    }
    expect(a.clocks.offsetMs(b.iss)).toBe(0);
  });
});

describe('statements', () => {
  const payload = Buffer.from('a record');

  test('are valid for their signer, purpose and bytes only', () => {
    const signature = a.statements.sign('record', payload);
    expect(signature.length).toBe(64);
    expect(a.statements.verify(a.iss, 'record', payload, signature)).toBe('valid');
    expect(b.statements.verify(a.iss, 'record', payload, signature)).toBe('valid');
    expect(b.statements.verify(a.iss, 'receipt', payload, signature)).toBe('invalid');
    expect(b.statements.verify(a.iss, 'record', Buffer.from('a recorD'), signature)).toBe('invalid');
    expect(b.statements.verify(b.iss, 'record', payload, signature)).toBe('invalid');
    expect(b.statements.verify(a.iss, 'record', payload, signature.subarray(1))).toBe('invalid');
    expect(b.statements.verify('f'.repeat(32), 'record', payload, signature)).toBe('unknown-signer');
  });

  test('of a former peer stay valid, under its old key and its new one', async () => {
    const signature = a.statements.sign('record', payload);
    await b.acceptUnregistration(a.iss, adminCommand());
    expect(b.statements.verify(a.iss, 'record', payload, signature)).toBe('valid');
  });

  test('have a purpose of plain letters', () => {
    for (const purpose of ['', 'Record', 'a:b', 'a\nb', 'x'.repeat(41)]) {
      expect(() => a.statements.sign(purpose, payload)).toThrow(expect.objectContaining({ code: 'COMMON_REQUEST_INVALID' }));
    }
  });

  test('are no tokens, and tokens are no statements', async () => {
    const token = await a.identity.signer.signToken('request', {});
    const [header, claims, signature] = token.split('.');
    const signed = Buffer.from(`${header}.${claims}`);
    expect(b.statements.verify(a.iss, 'record', signed, Buffer.from(signature ?? '', 'base64url'))).toBe('invalid');
  });
});
