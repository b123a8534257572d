import type { IncomingMessage } from 'node:http';

/** Scheme and authority of an absolute-form target, as clients of a proxy write it (RFC 9112 §3.2.2). */
const absoluteForm = /^https?:\/\/(?:[^/?#@]*@)?([^/?#]*)/i;

/** What may stand in a path as it is, and so means the same where it is percent-encoded (RFC 3986 §2.3). */
const unreserved = /[\w.~-]/;

/**
 * The one form of a request target that routes, rights, limits and log all look at. Repeated slashes are one, one at the end counts
 * for nothing, scheme and host are left out, and characters that need no percent-encoding have none. Nothing else changes: the query
 * stays to the letter, an encoded slash is part of a name, and `.` and `..` are not resolved, so that they lead nowhere.
 * @returns begins with `/`, or is `*`
 */
export function normalTarget(target: string): string {
  if (target === '*') return target;
  const [origin = ''] = absoluteForm.exec(target) ?? [];
  const { path, query } = split(target.slice(origin.length));
  const plain = `/${path}`
    // Targets have no fragment: what looks like one is part of a name that was not encoded.
    .replaceAll('#', '%23')
    .replaceAll(/%[\da-f]{2}/gi, (encoded) => {
      const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16));
      return unreserved.test(character) ? character : encoded.toUpperCase();
    })
    .replaceAll(/\/{2,}/g, '/');
  return (plain.length > 1 && plain.endsWith('/') ? plain.slice(0, -1) : plain) + query;
}

/** Path of a target, without its query. */
export function pathOf(target: string): string {
  return split(target).path;
}

/** Gives a request its normal target. The host of an absolute-form target takes the place of `Host` (RFC 9112 §3.2.2). */
export function takeTarget({ url = '/', headers }: Pick<IncomingMessage, 'url' | 'headers'>): string {
  const [, authority] = absoluteForm.exec(url) ?? [];
  if (authority !== undefined) headers.host = authority;
  return normalTarget(url);
}

/**
 * What is wrong with the version of HTTP and the host that a request names; undefined where nothing is. Without a host, or with two,
 * it would be anybody's guess whom the request is for (RFC 9112 §3.2).
 */
export function headFault({ headers, rawHeaders, httpVersion }: IncomingMessage): string | undefined {
  if (!/^1\.[01]$/.test(httpVersion)) return 'this port speaks HTTP in version 1.1';
  const named = rawHeaders.filter((name, index) => index % 2 === 0 && /^host$/i.test(name)).length;
  if (named > 1) return 'the header Host is there more than once';
  const { host } = headers;
  // Empty is fine where the URL has no authority; HTTP/1.0 knows no Host.
  if (host === undefined)
    return httpVersion === '1.0' ? undefined : 'the header Host is missing: it names the server that the URL does';
  return /^[^\s/?#@\\]*$/.test(host) ? undefined : 'the header Host is not the name of a host, with or without a port';
}

function split(target: string): { readonly path: string; readonly query: string } {
  const mark = target.indexOf('?');
  return mark === -1 ? { path: target, query: '' } : { path: target.slice(0, mark), query: target.slice(mark) };
}
