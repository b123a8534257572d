import { OdstError } from '@odst/kernel';
import { isPrivate, literalAddress } from '../domain/network-address.ts';
import type { ServerProfile } from '../domain/profile.ts';
import type { HostAddresses } from './ports.ts';

/** Why a URL is not taken: strangers could listen on the way, or nobody can tell whether they could. */
export type UrlFault = 'public' | 'unknown';

/**
 * The one rule by which servers judge the URL of another, and each its own: plain http is taken on loopback and private addresses only. A
 * name counts as private when each of its addresses is.
 * @returns undefined for a URL that is taken
 */
export async function urlFaultOf(url: string, addresses: HostAddresses): Promise<UrlFault | undefined> {
  const { protocol, hostname } = new URL(url);
  if (protocol === 'https:' || hostname === 'localhost') return undefined;
  const literal = literalAddress(hostname);
  const found = literal === undefined ? await addresses.resolve(hostname) : [literal];
  if (found.length === 0) return 'unknown';
  return found.every((address) => isPrivate(address)) ? undefined : 'public';
}

/** Refuses the URL of another server that is not taken. @throws OdstError REGISTRATION_PEER_URL_INSECURE */
export async function assertSafeUrl(url: string, addresses: HostAddresses): Promise<void> {
  const fault = await urlFaultOf(url, addresses);
  if (fault !== undefined) throw new OdstError('REGISTRATION_PEER_URL_INSECURE', faultWords(url, fault), { pointer: '/url' });
}

/**
 * Refuses a profile of this server with a URL that no peer would take. How a firewalled server is reached does not matter.
 * @throws OdstError REGISTRATION_SETTING_INVALID
 */
export async function assertOwnUrl({ url, firewalledMode }: ServerProfile, addresses: HostAddresses): Promise<void> {
  if (firewalledMode || url === '') return;
  const fault = await urlFaultOf(url, addresses);
  if (fault === undefined) return;
  const message = `other servers would refuse this one: ${faultWords(url, fault)}`;
  throw new OdstError('REGISTRATION_SETTING_INVALID', message, { pointer: '/url' });
}

/** The fault in words, with what to do. */
export function faultWords(url: string, fault: UrlFault): string {
  const { host } = new URL(url);
  return fault === 'public'
    ? `${url} is plain http and its host is not on a private network; use https`
    : `${url} is plain http and its host has no known address here, so nobody can tell whether it is on a private network; check the name, or use https://${host}`;
}
