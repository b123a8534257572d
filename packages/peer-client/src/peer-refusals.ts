import { OdstError } from '@odst/kernel';
import { type PeerErrorCodes, readable } from './peer-errors.ts';

/** An answer, as far as it shows who gave it. */
type GivenAnswer = {
  readonly baseUrl: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
};

/**
 * The error of an answer that is no success: where it redirects to, the peer's own reason, or who answers in its place.
 * @param target path and query of the request
 * @returns its details: `remoteStatus`, `remoteCode`, `remotePointer` where the peer says what is wrong, and `redirectsTo`, the URL of the
 *   same server where a redirect tells it
 */
export function refusalOf(refusal: GivenAnswer, target: string, codes: PeerErrorCodes): OdstError {
  const { baseUrl, status, headers, body } = refusal;
  if (status >= 300 && status < 400) {
    const { words, redirectsTo } = redirectOf(headers['location'], baseUrl, target);
    return new OdstError(codes.refused, `${baseUrl} ${words}`, { remoteStatus: status, remoteCode: '', redirectsTo });
  }
  const problem = problemOf(headers['content-type'], body);
  const remoteCode = readable(problem['code']);
  const remotePointer = pointerOf(problem['errors']);
  const details = { remoteStatus: status, remoteCode, ...(remotePointer === '' ? {} : { remotePointer }) };
  // Only a problem document shows that such a server answered, and not a proxy before it or something else at the address.
  if (remoteCode === '') return new OdstError(codes.unreachable, strangerWords(refusal), details);
  const reason = [remoteCode, readable(problem['detail']) || readable(problem['title'])].filter((word) => word !== '').join(': ');
  const code = status >= 400 && status < 500 ? codes.refused : codes.unreachable;
  return new OdstError(code, `${baseUrl} answered ${status} (${reason})`, details);
}

const aPage =
  'what answers there is a login, a portal or another page. Register the URL at which the server itself answers, and have nothing redirect /api/ods/v1 there';

/** Where a redirect leads, and the URL to register instead where it leads to the same path. Nothing of a query is shown: it may be secret. */
function redirectOf(location: string | undefined, baseUrl: string, target: string): { words: string; redirectsTo: string } {
  const here = new URL(`${baseUrl}${target}`);
  const url = location === undefined ? null : URL.parse(location, here.href);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    return {
      words: 'redirects, and to no http or https address: check the URL, and what stands before the server',
      redirectsTo: '',
    };
  }
  const [path = ''] = target.split('?');
  // Some proxies put a slash at the end, or two between their base and the path.
  const there = url.pathname.replaceAll(/\/{2,}/g, '/').replace(/\/$/, '');
  const below = there.endsWith(path) ? there.slice(0, -path.length) : undefined;
  const root = url.pathname === '/' && url.search === '';
  // A path may carry a session behind a semicolon, as Java's servers write it.
  const shown = readable(`${url.origin}${(below ?? url.pathname).replace(/;.*$/, '')}`).replace(/\/$/, '');
  if (below === undefined && !root) return { words: `redirects to ${shown}: ${aPage}`, redirectsTo: '' };
  if (shown === baseUrl) {
    const words =
      below === undefined ? `redirects to its first page: ${aPage}` : 'redirects to itself: mend what stands before it';
    return { words, redirectsTo: '' };
  }
  if (below !== undefined && below !== '') {
    const words = `redirects to ${shown}, below a path; a server has a host name, or a port, of its own: register a URL that leads to it without a path`;
    return { words, redirectsTo: '' };
  }
  return { words: `redirects to ${shown}: register that URL, which must be its own URL in its settings too`, redirectsTo: shown };
}

/** What an admin can do about an answer that no such server gave. */
const advice: Readonly<Record<number, string>> = {
  401: 'a proxy or another program wants a login there; servers sign their requests, so /api/ods/v1 must be reached without one',
  403: 'a proxy or another program forbids /api/ods/v1 there; let it through, or check the URL',
  407: 'a proxy wants a login there; servers sign their requests, so /api/ods/v1 must be reached without one',
  413: 'a proxy takes no bodies of this size there; raise its limit',
  429: 'a proxy limits requests there; except /api/ods/v1',
  502: 'a proxy answers, and the server behind it does not: see whether it runs',
  503: 'a proxy answers, and the server behind it does not: see whether it runs',
  504: 'a proxy answers, and the server behind it does not: see whether it runs',
};
const anotherProgram = 'another program answers there, or a proxy leads to one; check host name and port of the URL';

/** An answer that no Open Distribution Server gives, in words: what came, and what an admin can do about it. */
export function strangerWords({ baseUrl, status, headers, body }: GivenAnswer): string {
  const type = readable(headers['content-type']?.replace(/;.*$/, '')) || 'no content type';
  const told = `${baseUrl} answered ${status} (${type}), as no Open Distribution Server does`;
  const wantsTls = status === 400 && baseUrl.startsWith('http:') && /https|ssl|tls/i.test(Buffer.from(body).toString('latin1'));
  return `${told}: ${wantsTls ? 'it speaks TLS there; is its URL https?' : (advice[status] ?? anotherProgram)}`;
}

/** What is wrong, as the peer points to it first; empty where it does not. */
function pointerOf(errors: unknown): string {
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  return typeof first === 'object' && first !== null && 'pointer' in first ? readable(first.pointer) : '';
}

function problemOf(contentType: string | undefined, body: Uint8Array): Readonly<Record<string, unknown>> {
  if (contentType?.startsWith('application/problem+json') !== true) return {};
  try {
    const parsed: unknown = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {}; // no problem document: the status is all there is
  }
}
