import { OdstError } from '@odst/kernel';
import type { HeldRow } from '../domain/held-change.ts';
import type { PeerStore } from './ports.ts';

const largestPage = 1_000;
const defaultPage = 100;

/** Which page of what is held back. */
export type ListHeld = {
  readonly peerIss: string;
  /** Cursor of the last page; empty for the first. */
  readonly after: string;
  /** 1 to 1,000; 0 for 100. */
  readonly limit: number;
};

/** A page of what is held back of a peer. */
export type HeldPage = {
  /** Oldest first. */
  readonly changes: readonly HeldRow[];
  /** Empty on the last page. */
  readonly next: string;
};

/** What is held back of a peer, a page at a time. @throws OdstError COMMON_REQUEST_INVALID */
export async function listHeld(peers: Pick<PeerStore, 'listHeld'>, { peerIss, after, limit }: ListHeld): Promise<HeldPage> {
  if (!/^\d{0,18}$/.test(after)) throw new OdstError('COMMON_REQUEST_INVALID', '`after` is no cursor', { pointer: '/after' });
  if (!(limit >= 0 && limit <= largestPage)) {
    throw new OdstError('COMMON_REQUEST_INVALID', `limit is 1 to ${largestPage}`, { pointer: '/limit' });
  }
  const size = limit === 0 ? defaultPage : limit;
  const rows = await peers.listHeld(peerIss, BigInt(after), size + 1);
  const changes = rows.slice(0, size);
  return { changes, next: rows.length > size ? (changes.at(-1)?.id.toString() ?? '') : '' };
}
