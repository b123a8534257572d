import { issOf } from '@odst/kernel';
import type { Signer } from '../../src/app/ports.ts';
import { signedRetirement } from '../../src/app/retire-server.ts';
import type { SignedRetirement, UnsignedRetirement } from '../../src/domain/retirement.ts';

/** A retirement of a server as the admin of another one signs it, but for what is given. */
export function retirementBy(key: Signer, said: Partial<UnsignedRetirement> & { readonly iss: string }): SignedRetirement {
  const { publicKey } = key;
  const closed = { actor: 'account:admin', reason: 'the site was closed', stamp: 2n };
  return signedRetirement({ byIss: issOf(publicKey), publicKey, ...closed, ...said }, key);
}
