import { isLoopback, literalAddress } from './network-address.ts';

/** What is known of the connection that a request came over. */
export type RequestOrigin = {
  /** Address of the socket. */
  readonly remoteAddress: string;
  /** Whether a forwarding header was present: then the socket is a proxy's. */
  readonly forwarded: boolean;
  /** Value of the Host header. */
  readonly host: string;
};

const localNames = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Whether a request surely comes from this machine. The Host header is looked at because a web page elsewhere can make
 * the admin's own browser call 127.0.0.1 under a name of its choice (DNS rebinding).
 * @param ownUrl base URL of this server; its host is known too, where it is a loopback one
 */
export function isFromHere(origin: RequestOrigin, ownUrl: string): boolean {
  if (!isLoopback(origin.remoteAddress) || origin.forwarded) return false;
  const name = hostName(origin.host);
  return localNames.includes(name) || (name === loopbackHostOf(ownUrl) && name !== '');
}

/**
 * Whether a request comes over a loopback socket under a name that this server does not have, as one does whose sender made the name up
 * (DNS rebinding). An address is no such name, nor is a host that is not told.
 */
export function isUnderStrangeName(origin: RequestOrigin, ownUrl: string): boolean {
  if (!isLoopback(origin.remoteAddress) || origin.forwarded || isFromHere(origin, ownUrl)) return false;
  const name = hostName(origin.host);
  const own = URL.canParse(ownUrl) ? new URL(ownUrl).hostname : '';
  return name !== '' && name !== own && literalAddress(name) === undefined;
}

/** The Host header without its port. */
function hostName(host: string): string {
  return host.toLowerCase().replace(/:\d*$/, '');
}

function loopbackHostOf(url: string): string {
  if (!URL.canParse(url)) return '';
  const { hostname } = new URL(url);
  const address = literalAddress(hostname);
  return hostname === 'localhost' || (address !== undefined && isLoopback(address)) ? hostname : '';
}
