import type { Signer } from './ports.ts';

/** Who this server is, with its secrets decrypted in memory. */
export type OwnIdentity = {
  /** 32 hex digits. */
  readonly iss: string;
  /** The invitation key, 32 bytes. A secret. */
  readonly invitationKey: Uint8Array;
  readonly signer: Signer;
};
