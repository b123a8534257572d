import { type ErrorCode, OdstError } from '@odst/kernel';

/** The codes under which a service tells what went wrong with a peer; several may be the same. */
export type PeerErrorCodes = {
  /** There is no connection, or what answers is no such server, or nothing sensible. */
  readonly unreachable: ErrorCode;
  /** The peer was silent, or took too long. */
  readonly timeout: ErrorCode;
  /** The peer said no (4xx) and why, or redirects (3xx). The details hold `remoteStatus`, its `remoteCode` and `remotePointer`. */
  readonly refused: ErrorCode;
};

const trustIt = 'let ODST_PEER_CA name a file with it, and start this server again';
const untrusted = `no authority that this server trusts vouches for its certificate: where that is a private one’s, ${trustIt}`;
const cutChain = `${untrusted}; where it is a public one’s, the peer does not send the certificates between (fullchain.pem)`;
const noTls = 'it does not speak TLS: is its URL http?';
const brokenOff = 'it broke the connection off';
const noHttp = 'what answers there does not speak HTTP';
const noRoute = 'there is no route to it';

/** What an admin can act on, for the codes of the system, of TLS and of the HTTP parser. */
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: brokenOff,
  EPIPE: brokenOff,
  EADDRNOTAVAIL: noRoute,
  EHOSTDOWN: noRoute,
  EACCES: 'this machine does not let connections out to it',
  EPERM: 'this machine does not let connections out to it',
  EHOSTUNREACH: noRoute,
  ENETUNREACH: noRoute,
  ETIMEDOUT: 'it does not take connections',
  ENOTFOUND: 'its name is unknown',
  EAI_AGAIN: 'its name cannot be looked up at the moment',
  CERT_HAS_EXPIRED: 'its certificate has expired and is to be renewed there',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: `its certificate vouches for itself: ${trustIt}`,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: cutChain,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: cutChain,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: cutChain,
  CERT_SIGNATURE_FAILURE: untrusted,
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name: use a URL with a name that is in it',
  ERR_SSL_WRONG_VERSION_NUMBER: noTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: noTls,
};

/** Longest text of a peer that is shown. */
const longestText = 300;

/** A peer's text for an admin's eyes: short and without control characters. */
export function readable(text: unknown): string {
  return typeof text === 'string' ? text.replace(/\p{Cc}+/gu, ' ').slice(0, longestText) : '';
}

/** The reason of a failed connection in words, with the system's own behind them; of several attempts that of the first. */
function reasonOf(error: unknown, baseUrl: string): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0], baseUrl);
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const told = `${readable(error.message) || code}${namesOf(error)}`;
  const words = wordsOf(code, error.message);
  // Who waits for TLS hangs up on plain HTTP, or answers in TLS.
  const hint = baseUrl.startsWith('http:') && (words === brokenOff || words === noHttp) ? '; is its URL https?' : '';
  return words === undefined ? told : `${words}${hint} (${told})`;
}

/** What a certificate that was refused for its name is for, where the system does not say it. */
function namesOf(error: Error): string {
  if (!('cert' in error) || typeof error.cert !== 'object' || error.cert === null) return '';
  const names = 'subjectaltname' in error.cert ? readable(error.cert.subjectaltname) : '';
  return names === '' || error.message.includes(names) ? '' : `; it has ${names}`;
}

function wordsOf(code: string, message: string): string | undefined {
  if (code.startsWith('HPE_')) return noHttp;
  if (code !== 'EPROTO' && !code.startsWith('ERR_SSL_')) return reasons[code];
  // Who speaks TLS refuses by an alert; what comes from others is no record of TLS.
  return reasons[code] ?? (/alert|unsupported protocol/.test(message) ? 'it and this server do not agree on TLS' : noTls);
}

/** The error of a request that got no answer, or no whole one. One of the register is passed on. */
export function unreachable(baseUrl: string, error: unknown, codes: PeerErrorCodes): OdstError {
  if (error instanceof OdstError) return error;
  return new OdstError(codes.unreachable, `${baseUrl} cannot be reached: ${reasonOf(error, baseUrl)}`, {}, { cause: error });
}
