import { manualClock } from '@odst/testing';
import { expect, test } from 'vitest';
import { createTokens } from '../../src/adapters/jose-tokens.ts';
import { sha256 } from '../../src/app/digest.ts';
import { decodeHandshake, encodeHandshake, type HandshakeMessage, provenForm } from '../../src/app/handshake-message.ts';
import { requestClaims } from '../../src/domain/request-claims.ts';
import { adminCommand, memoryNetwork, startMemoryServer } from '../support/memory-server.ts';

const clock = manualClock();
const tokens = createTokens();

/** A and B know each other; an impostor holds B's invitation key and everything that A ever sent. */
async function setUp() {
  const network = memoryNetwork();
  const a = await startMemoryServer({ network, clock, url: 'http://10.0.0.1', name: 'A' });
  const b = await startMemoryServer({ network, clock, url: 'http://10.0.0.2', name: 'B' });
  const impostor = await startMemoryServer({ network, clock, url: 'http://10.0.0.66', name: 'I' });
  await a.registerPeer(b.invitation, adminCommand());
  const sent = decodeHandshake(network.sent[0]?.body ?? new Uint8Array(), clock.now().getTime());
  const accept = async (message: HandshakeMessage, jti: string, iss = message.profile.iss) => {
    const body = encodeHandshake(message);
    const binding = { method: 'POST', target: '/api/ods/v1/peers', bodySha256: sha256(body) };
    const claims = requestClaims({ iss, aud: b.iss, jti }, binding, clock.now().getTime());
    const token = await tokens.signShared('registration', claims, await b.invitationKey.current());
    return b.acceptPeer({ authorization: `ODST ${token}`, method: 'POST', target: '/api/ods/v1/peers', body }, adminCommand());
  };
  return { a, b, impostor, sent, accept };
}

const invalid = expect.objectContaining({ code: 'REGISTRATION_SIGNATURE_INVALID' });

test('the invitation key and the public key of a known server are not enough to move it', async () => {
  const { a, b, impostor, sent, accept } = await setUp();
  const jti = 'impostors-own-id-0001';
  const moved = { ...sent, profile: { ...sent.profile, url: 'http://10.0.0.66' } };
  const forged = requestClaims(
    { iss: a.iss, aud: b.iss, jti },
    { method: 'proof', target: '', bodySha256: sha256(provenForm(moved)) },
    clock.now().getTime(),
  );
  const proof = await impostor.identity.signer.signToken('proof', forged);
  await expect(accept({ ...moved, proof }, jti)).rejects.toThrow(invalid);
  await expect(accept(moved, jti.replace('1', '2'))).rejects.toThrow(invalid);
  expect(b.directory.peer(a.iss)?.profile.url).toBe('http://10.0.0.1');
});

test('a proof that was sent once proves nothing in another handshake', async () => {
  const { sent, accept } = await setUp();
  await expect(accept(sent, 'impostors-own-id-0001')).rejects.toThrow(invalid);
});

test('who says in the body that it is another server than in the token is refused', async () => {
  const { impostor, sent, accept } = await setUp();
  await expect(accept(sent, 'impostors-own-id-0001', impostor.iss)).rejects.toThrow(invalid);
});
