import type { Clock } from '@odst/kernel';
import { invalid, type RequestClaims, readRequestClaims, requestClaims } from '../domain/request-claims.ts';
import { sha256 } from './digest.ts';
import type { Directory } from './directory.ts';
import { encodeHandshake, type HandshakeMessage, provenForm } from './handshake-message.ts';
import type { OwnIdentity } from './identity.ts';
import type { Tokens } from './ports.ts';
import { isSignedBySelf } from './sign-profile.ts';

/** The parties of one handshake and what makes it unlike every other. */
export type HandshakeParties = { readonly iss: string; readonly aud: string; readonly jti: string };

/**
 * Writes this server's half of a handshake: its signed profile, with the proof that it holds the private key.
 * @param aud the other server
 * @param jti of the handshake's request
 * @param nowMs milliseconds since 1970 on the receiver's clock
 */
export type ComposeOwnMessage = (aud: string, jti: string, nowMs: number) => Promise<Uint8Array>;

const proofBinding = (proven: string) => ({ method: 'proof', target: '', bodySha256: sha256(proven) });

/** Builds the writer. */
export function createComposeOwnMessage(deps: {
  readonly identity: OwnIdentity;
  readonly directory: Directory;
  readonly clock: Clock;
}): ComposeOwnMessage {
  const { identity, directory, clock } = deps;
  return async (aud, jti, nowMs) => {
    const fields = { profile: directory.server().profile, sentAt: clock.now() };
    const claims = requestClaims({ iss: identity.iss, aud, jti }, proofBinding(provenForm(fields)), nowMs);
    return encodeHandshake({ ...fields, proof: await identity.signer.signToken('proof', claims) });
  };
}

/**
 * Checks that the sender of a message holds the private key of the public key in it, and that the proof was made for
 * this very handshake: the invitation key alone must not be enough to speak for a server that is known.
 * @returns the claims of the proof, whose times are not checked
 * @throws OdstError REGISTRATION_SIGNATURE_INVALID
 */
export async function checkProof(tokens: Tokens, message: HandshakeMessage, parties: HandshakeParties): Promise<RequestClaims> {
  const { profile } = message;
  const claims = readRequestClaims(await tokens.verifyBy('proof', message.proof, profile.publicKey));
  const holds =
    profile.iss === parties.iss &&
    claims.iss === parties.iss &&
    claims.aud === parties.aud &&
    claims.jti === parties.jti &&
    claims.bodySha256 === sha256(provenForm(message));
  if (!holds) throw invalid('the proof of the own key belongs to another registration');
  // Others will check it when it is passed on to them.
  if (!isSignedBySelf(tokens, profile)) throw invalid('the signature of the profile does not hold');
  return claims;
}
