import type { Signer } from './ports.ts';

/** Who this server is, with its private key decrypted in memory. */
export type OwnIdentity = {
  /** 32 hex digits. */
  readonly iss: string;
  readonly signer: Signer;
};
