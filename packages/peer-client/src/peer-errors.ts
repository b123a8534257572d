import { type ErrorCode, OdstError } from '@odst/kernel';

/** The codes under which a service tells what went wrong with a peer; several may be the same. */
export type PeerErrorCodes = {
  /** There is no connection, or what answers is no such server, or nothing sensible. */
  readonly unreachable: ErrorCode;
  /** The peer was silent, or took too long. */
  readonly timeout: ErrorCode;
  /** The peer said no (4xx) and why. The details hold its `remoteStatus` and `remoteCode`. */
  readonly refused: ErrorCode;
};

const untrusted = 'no authority that this server trusts vouches for its certificate';
const brokenOff = 'it broke the connection off';
const noRoute = 'there is no route to it';

/** What an admin can act on, for the codes of the system, of TLS and of the HTTP parser. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: brokenOff,
  EPIPE: brokenOff,
  EHOSTUNREACH: noRoute,
  ENETUNREACH: noRoute,
  ETIMEDOUT: 'it does not take connections',
  ENOTFOUND: 'its name is unknown',
  EAI_AGAIN: 'its name cannot be looked up at the moment',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  EPROTO: 'it does not speak TLS: is its URL http?',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS: is its URL http?',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS: is its URL http?',
};

/** Longest text of a peer that is shown. */
const longestText = 300;

/** A peer's text for an admin's eyes: short and without control characters. */
function readable(text: unknown): string {
  return typeof text === 'string' ? text.replace(/\p{Cc}+/gu, ' ').slice(0, longestText) : '';
}

/** The reason of a failed connection in words, with the system's own behind them; of several attempts that of the first. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const words = code.startsWith('HPE_') ? 'what answers there does not speak HTTP' : reasons[code];
  const told = readable(error.message) || code;
  return words === undefined ? told : `${words} (${told})`;
}

/** The error of a request that got no answer, or no whole one. One of the register is passed on. */
export function unreachable(baseUrl: string, error: unknown, codes: PeerErrorCodes): OdstError {
  if (error instanceof OdstError) return error;
  return new OdstError(codes.unreachable, `${baseUrl} cannot be reached: ${reasonOf(error)}`, {}, { cause: error });
}

/** An answer that is no success. */
type Refusal = {
  readonly baseUrl: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
};

/** The error of an answer that is no success: where it redirects to, or the peer's own reason. */
export function refusalOf({ baseUrl, status, headers, body }: Refusal, target: string, codes: PeerErrorCodes): OdstError {
  const redirect = status >= 300 && status < 400 ? redirectOf(headers['location'], baseUrl, target) : undefined;
  if (redirect !== undefined) {
    const message = `${baseUrl} redirects to ${redirect}: register that URL`;
    return new OdstError(codes.unreachable, message, { remoteStatus: status, remoteCode: '' });
  }
  const problem = problemOf(headers['content-type'], body);
  const remoteCode = readable(problem['code']);
  const reason = [remoteCode, readable(problem['detail']) || readable(problem['title'])].filter((word) => word !== '').join(': ');
  const message = `${baseUrl} answered ${status}${reason === '' ? '' : ` (${reason})`}`;
  // Only a problem document shows that such a server answered, and not a proxy before it or something else at the address.
  const code = status >= 400 && status < 500 && remoteCode !== '' ? codes.refused : codes.unreachable;
  return new OdstError(code, message, { remoteStatus: status, remoteCode });
}

/** The URL to register in place of `baseUrl`, where the redirect leads to the same path below another one. */
function redirectOf(location: string | undefined, baseUrl: string, target: string): string | undefined {
  const url = location === undefined ? null : URL.parse(location, `${baseUrl}${target}`);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined;
  url.username = '';
  url.password = '';
  const { href } = url;
  return readable(href.endsWith(target) ? href.slice(0, -target.length) : href);
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
