import { OdstError } from '@odst/kernel';
import type { FastifyRequest } from 'fastify';

/**
 * Name of the cookie of a session. Over TLS the prefix has browsers take it from this very host and for all its paths only, so that
 * neither a neighbour under the same domain nor plain http can plant one (RFC 6265bis §4.1.3.2).
 */
function cookieName(isTls: boolean): string {
  return isTls ? '__Host-odst-session' : 'odst-session';
}

/** Whether a request came over TLS, to this server or to a proxy that it trusts. */
function isTls({ protocol }: Pick<FastifyRequest, 'protocol'>): boolean {
  return protocol === 'https';
}

/** The session's cookie of a request; empty for none. Of several of the name the first counts. */
export function sessionCookieOf(request: Pick<FastifyRequest, 'headers' | 'protocol'>): string {
  const prefix = `${cookieName(isTls(request))}=`;
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(prefix))?.slice(prefix.length) ?? '';
}

/**
 * Value of Set-Cookie that gives a browser a session, or takes it. It lasts as long as the browser runs: when the session ends, this
 * server decides.
 * @param token undefined takes it
 */
export function setSessionCookie(request: Pick<FastifyRequest, 'protocol'>, token: string | undefined): string {
  const tls = isTls(request);
  const attributes = [
    'Path=/',
    'HttpOnly',
    'SameSite=Lax',
    ...(tls ? ['Secure'] : []),
    ...(token === undefined ? ['Max-Age=0'] : []),
  ];
  return [`${cookieName(tls)}=${token ?? ''}`, ...attributes].join('; ');
}

/**
 * Whether the script of a page sends a request, rather than a person who typed its address, or a program: `fetch` of Node has
 * `Sec-Fetch-Mode` too, but no `Sec-Fetch-Site`. Over plain http to another machine browsers leave both out: there the cookie tells, and
 * `ODST-Active`, which no program sends.
 */
export function isFromPage(request: Pick<FastifyRequest, 'headers' | 'protocol'>): boolean {
  const { 'sec-fetch-site': site, 'sec-fetch-mode': mode = 'navigate', 'odst-active': active } = request.headers;
  return (site !== undefined && mode !== 'navigate') || active !== undefined || sessionCookieOf(request) !== '';
}

/** Whether a request only reads (RFC 9110 §9.2.1). */
export function isSafe({ method }: Pick<FastifyRequest, 'method'>): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

/**
 * Refuses a request with a credential that the browser added by itself and that the page of another server made it send. That is a
 * session, or a name and password that a person once typed into the browser's own dialog. Programs say nothing of where they come from.
 * @throws OdstError COMMON_ORIGIN_REFUSED
 */
export function assertOwnCredential(request: Pick<FastifyRequest, 'headers' | 'method' | 'protocol' | 'host'>): void {
  const { authorization = '', 'sec-fetch-site': site, origin } = request.headers;
  const isTyped = /^Basic /i.test(authorization) && (site ?? origin) !== undefined;
  if (isTyped || (authorization === '' && sessionCookieOf(request) !== '')) assertSameOrigin(request);
}

/**
 * Refuses a request that changes something and that the page of another server made the browser send. Browsers say so in Sec-Fetch-Site;
 * older ones name the page's origin, which is then this server's own.
 * @throws OdstError COMMON_ORIGIN_REFUSED
 */
export function assertSameOrigin(request: Pick<FastifyRequest, 'headers' | 'method' | 'protocol' | 'host'>): void {
  if (isSafe(request)) return;
  const { 'sec-fetch-site': site, origin } = request.headers;
  const isSame = site === undefined ? origin === `${request.protocol}://${request.host}` : site === 'same-origin';
  if (isSame) return;
  const from = origin === undefined ? 'a page that does not say what it is' : `a page of ${JSON.stringify(origin.slice(0, 200))}`;
  throw new OdstError('COMMON_ORIGIN_REFUSED', `the request comes from ${from}, not from this server's own; nothing was done`);
}
