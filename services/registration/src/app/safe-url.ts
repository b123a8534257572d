import { OdstError } from '@odst/kernel';
import { isPrivate, literalAddress } from '../domain/network-address.ts';
import type { HostAddresses } from './ports.ts';

/**
 * Refuses plain http to where strangers could listen: it is allowed on loopback and private addresses only. A name
 * counts as private when each of its addresses is.
 * @throws OdstError REGISTRATION_PEER_URL_INSECURE
 */
export async function assertSafeUrl(url: string, addresses: HostAddresses): Promise<void> {
  const { protocol, hostname } = new URL(url);
  if (protocol === 'https:' || hostname === 'localhost') return;
  const literal = literalAddress(hostname);
  const found = literal === undefined ? await addresses.resolve(hostname) : [literal];
  if (found.length > 0 && found.every((address) => isPrivate(address))) return;
  const why = found.length === 0 ? 'has no known address' : 'is not on a private network';
  throw new OdstError('REGISTRATION_PEER_URL_INSECURE', `${url} is plain http and its host ${why}; use https`, {
    pointer: '/url',
  });
}
