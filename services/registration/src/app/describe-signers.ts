import type { Signer } from '@odst/contracts/registration';
import { OdstError, type Stage } from '@odst/kernel';
import type { Directory } from './directory.ts';
import type { OwnIdentity } from './identity.ts';

/**
 * What is known of servers that signed what a peer told, in the order asked. It is judged from memory, so a change counts at once in
 * the process that made it, and within a second or so in others.
 * @param toldBy the peer that told; this server itself where nobody else did
 * @throws OdstError COMMON_REQUEST_INVALID for more than 1,000
 */
export type DescribeSigners = (toldBy: string, isses: readonly string[]) => Signer[];

const mostSigners = 1_000;

/** Builds the use case. */
export function createDescribeSigners(deps: { readonly identity: OwnIdentity; readonly directory: Directory }): DescribeSigners {
  const { identity, directory } = deps;

  /** The cap of the one that tells. One that is a peer no more has that of before: what it told is still being looked at. */
  const capOf = (toldBy: string): Stage | '' => (toldBy === identity.iss ? 'Prod' : (directory.known(toldBy)?.stageCap ?? ''));

  const describe = (toldBy: string, iss: string): Signer => {
    if (iss === identity.iss) {
      const { publicKey } = identity.signer;
      return { iss, publicKey, relation: 'self', blocked: false, stageCap: 'Prod' };
    }
    const known = directory.known(iss);
    if (known === undefined) return { iss, publicKey: new Uint8Array(), relation: '', blocked: false, stageCap: '' };
    const { profile, relation, blocked } = known;
    // A peer of one's own counts by its own row, whoever passes on what it signed.
    return { iss, publicKey: profile.publicKey, relation, blocked, stageCap: capOf(relation === 'peer' ? iss : toldBy) };
  };

  return (toldBy, isses) => {
    if (isses.length <= mostSigners) return isses.map((iss) => describe(toldBy, iss));
    throw new OdstError('COMMON_REQUEST_INVALID', `${isses.length} servers were asked for at once; ${mostSigners} are allowed`);
  };
}
