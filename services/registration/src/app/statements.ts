import { statementOf } from '@odst/contracts/registration';
import type { Directory } from './directory.ts';
import type { OwnIdentity } from './identity.ts';
import type { Tokens } from './ports.ts';

/** What is known of a signature. */
export type Verdict = 'valid' | 'invalid' | 'unknown-signer';

/** Signatures over statements that travel on their own, such as records. */
export interface Statements {
  /** Signs with this server's key. @throws OdstError COMMON_REQUEST_INVALID for a malformed purpose */
  sign(purpose: string, payload: Uint8Array): Uint8Array;
  /** Judges a signature of this server or of a known one, be it a peer or not. @throws OdstError COMMON_REQUEST_INVALID likewise */
  verify(iss: string, purpose: string, payload: Uint8Array, signature: Uint8Array): Verdict;
}

/** Purpose of the signature of a profile. */
export const profilePurpose = 'profile';

/** Purpose of the signature of a retirement. */
export const retirementPurpose = 'retirement';

const signatureBytes = 64;

/** Builds the use cases. */
export function createStatements(deps: {
  readonly identity: OwnIdentity;
  readonly directory: Directory;
  readonly tokens: Tokens;
}): Statements {
  const { identity, directory, tokens } = deps;
  return {
    sign: (purpose, payload) => identity.signer.signBytes(statementOf(purpose, payload)),
    verify(iss, purpose, payload, signature) {
      const statement = statementOf(purpose, payload);
      const key = iss === identity.iss ? identity.signer.publicKey : directory.known(iss)?.profile.publicKey;
      if (key === undefined) return 'unknown-signer';
      return signature.length === signatureBytes && tokens.verifyBytes(statement, signature, key) ? 'valid' : 'invalid';
    },
  };
}
