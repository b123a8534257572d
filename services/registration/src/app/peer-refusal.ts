import { OdstError } from '@odst/kernel';
import type { PeerAnswer } from './ports.ts';

const longestReason = 300;

/** A remote text for an admin's eyes: short and without control characters. */
function readable(text: unknown): string {
  return typeof text === 'string' ? text.replace(/\p{Cc}+/gu, ' ').slice(0, longestReason) : '';
}

function problemOf({ headers, body }: PeerAnswer): Readonly<Record<string, unknown>> | undefined {
  if (!headers['content-type']?.startsWith('application/problem+json')) return undefined;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** The error for an answer of a remote server that is no success, with the reason that it gave. */
export function refusalOf(answer: PeerAnswer, url: string): OdstError {
  const problem = problemOf(answer);
  const remoteCode = readable(problem?.['code']);
  const reason = readable(problem?.['detail']) || readable(problem?.['title']);
  const details = { remoteStatus: answer.status, remoteCode };
  if (remoteCode === 'REGISTRATION_PEER_FIREWALLED') {
    return new OdstError('REGISTRATION_PEER_FIREWALLED', 'the remote server is firewalled: register this server there', details);
  }
  // Only a problem document shows that such a server answered, and not a proxy before it or something else at the address.
  if (answer.status >= 400 && answer.status < 500 && remoteCode !== '') {
    return new OdstError('REGISTRATION_PEER_REFUSED', `${url} refused: ${reason}`, details);
  }
  const what = reason === '' ? `with status ${answer.status}` : `with status ${answer.status}: ${reason}`;
  return new OdstError('REGISTRATION_PEER_UNREACHABLE', `${url} answered ${what}`, details);
}
