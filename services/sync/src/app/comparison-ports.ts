import type { PackageRecord } from '@odst/contracts/catalog';
import type { SignedProfile } from '@odst/contracts/registration';
import type { RecordDigest } from '../domain/comparison.ts';
import type { MalformedRecord } from '../domain/held-change.ts';

/** In which ranges a peer differs. */
export type RangesAnswer = {
  /** Ascending. */
  readonly differing: readonly number[];
  /** Packages of the peer, in all ranges. */
  readonly packages: number;
};

/** Which page of the digests of a peer. */
export type ListPeerDigests = {
  /** 0 to 255. */
  readonly ranges: readonly number[];
  /** Uuid of the last package of the page before; empty for the first page. */
  readonly after: string;
};

/** A page of digests. */
export type DigestsPage = {
  /** Ascending by uuid, 1,000 at most. */
  readonly digests: readonly RecordDigest[];
  /** Cursor for the next page; empty on the last. */
  readonly next: string;
};

/** Records of a peer, checked in form. */
export type RecordsAnswer = {
  readonly records: readonly PackageRecord[];
  /** Of the servers that they name: to be known before they are judged. */
  readonly profiles: readonly SignedProfile[];
  readonly malformed: readonly MalformedRecord[];
  /** How many of the packages that were asked for were looked at, the first ones: 1 to all. */
  readonly taken: number;
};

/**
 * What other servers have, for comparisons. All throw SYNC_PEER_FAILED when the peer is out of reach, refuses, or answers nonsense; with
 * the detail `remoteStatus` 404 where it does not know the question.
 */
export interface PeerDigests {
  /** @param ranges 256 digests of 32 bytes */
  compareRanges(peerIss: string, ranges: Uint8Array, signal: AbortSignal): Promise<RangesAnswer>;
  /** A page of the packages of some ranges. */
  listDigests(peerIss: string, page: ListPeerDigests, signal: AbortSignal): Promise<DigestsPage>;
  /** @param uuids 1 to 100 */
  readRecords(peerIss: string, uuids: readonly string[], signal: AbortSignal): Promise<RecordsAnswer>;
  /** Tells a peer that it lacks something that this server has. */
  askToCompare(peerIss: string, signal: AbortSignal): Promise<void>;
}
