import { issOf } from '@odst/kernel';
import { ed25519KeyPairs } from '../../src/adapters/ed25519.ts';
import type { Signer } from '../../src/app/ports.ts';
import { signedProfile } from '../../src/app/sign-profile.ts';
import type { SignedProfile, UnsignedProfile } from '../../src/domain/signed-profile.ts';

/** A server's key, made anew. */
export const newKey = (): Signer => ed25519KeyPairs.open(ed25519KeyPairs.generate());

/** A profile as a server signs it: that of Berlin, but for what is given. */
export function profileBy(key: Signer, said: Partial<UnsignedProfile> = {}): SignedProfile {
  const berlin = { name: 'Berlin', url: 'https://berlin.example.org', stage: 'Prod', firewalledMode: false, stamp: 1n } as const;
  return signedProfile({ iss: issOf(key.publicKey), publicKey: key.publicKey, ...berlin, ...said }, key);
}
