import type { Timers } from '@odst/async';
import type { PackageRecord, WriterState } from '@odst/contracts/catalog';
import type { SignedProfile, SignedRetirement } from '@odst/contracts/registration';
import type { Clock, Stage } from '@odst/kernel';
import type { Comparison, RecordDigest } from '../domain/comparison.ts';
import type { ContentId } from '../domain/content-id.ts';
import type { Feed } from '../domain/cursor.ts';
import type { HeldChange, HeldGroup, HeldRow, MalformedRecord } from '../domain/held-change.ts';
import { type Statement, subjectOfStatement } from '../domain/holdings.ts';
import type { LeavingContent } from '../domain/leaving.ts';
import type { Holder } from '../domain/transfer-plan.ts';
import type { SeenEpochs } from '../domain/twins.ts';
import type { PeerDigests } from './comparison-ports.ts';
import type { HeardStatement, KnownSite, StatementStore } from './holdings-ports.ts';

/** Time that passes: in tests, virtual. */
export interface Scheduler extends Clock, Timers {}

/** Chance. */
export interface Chance {
  /** 0 ≤ number < 1. */
  random(): number;
  /** A new UUID, for ids of commands. */
  uuid(): string;
}

/** A registered peer, as far as sync needs it. */
export type Peer = {
  readonly iss: string;
  /** Base URL, without a trailing slash. */
  readonly url: string;
  readonly stage: Stage;
  /** Whether this server cannot connect to it: then it reads and is not read. */
  readonly firewalled: boolean;
};

/** A profile, or a retirement, that registration did not take in. */
export type RefusedProfile = { readonly iss: string; readonly code: string; readonly reason: string };

/** The registration service. */
export interface PeerDirectory {
  /** @throws OdstError COMMON_SERVICE_UNAVAILABLE, COMMON_DEADLINE_EXCEEDED */
  listPeers(): Promise<readonly Peer[]>;
  /**
   * Keeps profiles that a peer told, and which servers are retired; telling one again is harmless.
   * @returns those that were refused
   * @throws OdstError COMMON_SERVICE_UNAVAILABLE and other retryable ones
   */
  acceptProfiles(
    fromIss: string,
    told: Pick<ChangesPage, 'profiles' | 'retirements'>,
    signal: AbortSignal,
  ): Promise<readonly RefusedProfile[]>;
}

/** A page of a peer's feed, checked in form; what its changes say is catalog's and registration's to check. */
export type ChangesPage = {
  readonly records: readonly PackageRecord[];
  /** Of servers that the peer knows, itself included: to be known before the records of the same page are judged. */
  readonly profiles: readonly SignedProfile[];
  /** Servers that are gone for good, as admins of others said. */
  readonly retirements: readonly SignedRetirement[];
  /** What servers say of themselves, in the order of the feed; whether it is true is to be checked. */
  readonly statements: readonly Statement[];
  /** What was left out: malformed entries never stop a feed. */
  readonly malformed: readonly MalformedRecord[];
  /** Cursor after this page. */
  readonly next: string;
  /** Whether the peer has more right now. */
  readonly more: boolean;
  /** Entries of its feed behind this page, as the peer says; 0 at the end. */
  readonly left: number;
  /** In which epoch the peer runs, 16 hex digits. */
  readonly epoch: string;
  /** Whether the peer was restored since the cursor was given, and the page begins before it. */
  readonly restored: boolean;
};

/** Where to read a peer's feed. */
export type ReadPeerRequest = {
  readonly peerIss: string;
  /** Cursor of the last page; empty for the start. */
  readonly after: string;
  /** How long the peer may wait for a change, 0 to 30,000 ms. */
  readonly waitMs: number;
  /** Most records and profiles together, 1 to 1,000. */
  readonly limit: number;
  /** In which epoch this server runs. */
  readonly epoch: string;
};

/** Other servers, over their HTTP API. Safe for concurrent use; no peer's fault delays a call to another. */
export interface PeerServers extends PeerDigests {
  /**
   * One page of a peer's feed. A peer may be silent for 10 s, before its answer for `waitMs` longer, and take 5 minutes for all of it.
   * @throws OdstError SYNC_PEER_FAILED when the peer is out of reach, refuses, or answers nonsense
   * @throws OdstError COMMON_SERVICE_UNAVAILABLE and others when this server's own services fail
   */
  readChanges(request: ReadPeerRequest, signal: AbortSignal): Promise<ChangesPage>;
  /**
   * Tells a peer that this server has changes. Ends within 5 s.
   * @throws OdstError as `readChanges`
   */
  hint(peerIss: string, signal: AbortSignal): Promise<void>;
}

/** A content that catalog wants. It is known by SHA-256 and manifest: a false manifest spoils nobody else's. */
export type WantedContent = {
  readonly sha256: string;
  readonly sizeBytes: bigint;
  /** SHA-256 of the manifest, hex, under the origin's signature. */
  readonly manifestDigest: string;
  /** Peer that told of it first; empty for none. */
  readonly toldByIss: string;
  /** A package that names it. */
  readonly packageId: number;
  readonly filename: string;
};

/** Which digests of records. */
export type DigestsQuery = {
  /** Hex digits with which the uuids begin; empty for all. */
  readonly prefix: string;
  /** Uuid of the last one of the page before; empty for the first page. */
  readonly after: string;
  /** 1 to 5,000. */
  readonly limit: number;
  /** These alone, 1,000 at most; empty for all. */
  readonly uuids: readonly string[];
};

/** The catalog service. */
export interface Catalog {
  /**
   * Takes in the changes of a record that a peer told, each by itself; offering one again is harmless.
   * @param writers how far servers have written that its vectors name, as far as that is known
   * @returns the changes that were not taken in
   * @throws OdstError CATALOG_RECORD_INVALID where nothing of the record can be used
   * @throws OdstError COMMON_SERVICE_UNAVAILABLE and other retryable ones
   */
  offerRecord(
    record: PackageRecord,
    fromIss: string,
    writers: readonly WriterState[],
    signal: AbortSignal,
  ): Promise<readonly HeldChange[]>;
  /**
   * The records of packages as they may leave this server, in the order asked for; those without a change that may are left out.
   * They are as new as every event that was told of them. Ending the iteration ends the call.
   * @param uuids 1,000 at most
   * @throws OdstError COMMON_SERVICE_UNAVAILABLE
   */
  records(uuids: readonly string[], signal: AbortSignal): AsyncIterable<PackageRecord>;
  /** A page of the digests of records as they may leave this server, ascending by uuid. @throws OdstError COMMON_SERVICE_UNAVAILABLE */
  recordDigests(query: DigestsQuery, signal: AbortSignal): Promise<readonly RecordDigest[]>;
  /** Each content once. @throws OdstError COMMON_SERVICE_UNAVAILABLE, COMMON_DEADLINE_EXCEEDED */
  listWanted(): Promise<readonly WantedContent[]>;
  /** What is to leave this server. Ending the iteration ends it. @throws OdstError COMMON_SERVICE_UNAVAILABLE */
  listLeaving(signal: AbortSignal): AsyncIterable<LeavingContent>;
  /**
   * Lets a content go because a server that admits it holds it. Catalog judges it anew; asking again is harmless.
   * @returns whether it is let go
   * @throws OdstError COMMON_SERVICE_UNAVAILABLE and other retryable ones
   */
  letGo(content: LeavingContent, holder: Pick<KnownSite, 'iss' | 'name' | 'stage'>, signal: AbortSignal): Promise<boolean>;
}

/** How far a fetch is. */
export type FetchProgress = {
  /** Verified bytes so far, those of earlier tries included. */
  readonly verifiedBytes: bigint;
  /** True in the last message only. */
  readonly complete: boolean;
  /** Which parts of it are here, in file order: of each the share that is verified, in percent. */
  readonly strip: readonly number[];
};

/** The storage service. */
export interface BlobFetcher {
  /**
   * Fetches a content from a peer; ends after `complete`. Goes on from what is verified; aborting keeps that.
   * @throws OdstError STORAGE_PEER_FAILED, STORAGE_CHUNK_CORRUPT, STORAGE_MANIFEST_INVALID, STORAGE_BLOB_UNKNOWN,
   *   STORAGE_DISK_FULL, COMMON_SERVICE_UNAVAILABLE
   */
  fetchBlob(content: WantedContent, sourceIss: string, signal: AbortSignal): AsyncIterable<FetchProgress>;
}

/**
 * What catalog and registration tell for the feed: that a package changed, whose record catalog has, the profile of a server, or that it
 * was retired.
 */
export type ToldContent =
  | { readonly kind: 'package'; readonly uuid: string }
  | { readonly kind: 'profile'; readonly profile: SignedProfile }
  | { readonly kind: 'retirement'; readonly retirement: SignedRetirement };

/** What an entry of a feed tells. */
export type FeedContent = ToldContent | HeardStatement;

/** An entry of this server's feed. */
export type FeedEntry = { readonly position: bigint; readonly content: FeedContent };

/** What an entry is about: the id of a package or of a server, or what a statement is about. */
export function subjectOf(content: FeedContent): string {
  if (content.kind === 'package') return content.uuid;
  if (content.kind === 'retirement') return content.retirement.iss;
  return content.kind === 'profile' ? content.profile.iss : subjectOfStatement(content);
}

/** This server's feed: an index with one entry per package, per known and per retired server, and per statement, renumbered at each change. */
export interface FeedStore extends StatementStore {
  /** The feed as it is now. Its identity is made at the first call and kept. */
  head(): Promise<Feed>;
  /** Begins an epoch, behind all that was given before. @param epochId 16 hex digits, never used before */
  begin(epochId: string): Promise<void>;
  /**
   * Puts a new state at the end, in the place of the one before. Positions become visible in ascending order without gaps, so that no
   * reader skips one.
   * @param sourcePosition position of the event at its service: a state not newer than the one that is there changes nothing
   * @returns whether the feed changed
   */
  put(content: ToldContent, sourcePosition: bigint): Promise<boolean>;
  /** Entries after a position, ascending. */
  read(after: bigint, limit: number): Promise<readonly FeedEntry[]>;
  /** Of these packages those that have no entry. @param uuids 5,000 at most */
  lacking(uuids: readonly string[]): Promise<readonly string[]>;
  /** How many entries there are after a position. */
  countAfter(position: bigint): Promise<number>;
  /** Profiles of servers that are in the feed; without those that are not. */
  profilesOf(isses: readonly string[]): Promise<readonly SignedProfile[]>;
}

/** What is kept of a peer. */
export type PeerMemory = {
  /** Cursor in its feed; empty for the start. */
  readonly cursor: string;
  readonly lastAnswerAt: Date | undefined;
  /** When it was last seen to have been restored from a backup. */
  readonly restoredAt: Date | undefined;
  /** When its feed was read to its end last. */
  readonly readToEndAt: Date | undefined;
  readonly seen: SeenEpochs;
  /** Whether held changes were dropped for want of room, so that the feed is to be read again from its start. */
  readonly droppedHeld: boolean;
  /** The last comparison with it. */
  readonly comparison: Comparison | undefined;
};

/** A content that a peer's feed names for a package. */
export type NamedContent = {
  readonly packageUuid: string;
  readonly sha256: string;
  /** SHA-256 of the manifest, hex. */
  readonly manifestDigest: string;
  /** Whether the peer's stage admits the content, or it made the change: then it has the bytes, or soon will. */
  readonly likely: boolean;
};

/** What a page of a peer's feed leads to. */
export type PageCommit = {
  readonly peerIss: string;
  /** Cursor after the page; undefined leaves it where it is: the records were asked for by themselves. */
  readonly cursor: string | undefined;
  readonly answeredAt: Date;
  /** Contents that the feed names; those of earlier records of the same packages are forgotten. */
  readonly contents: readonly NamedContent[];
  /** Packages that the page tells of, each once: what was held back of them before is dropped. */
  readonly packages: readonly string[];
  /** What is held back of these packages now. */
  readonly held: readonly HeldChange[];
  /** When the page showed that the peer was restored; undefined where it did not. */
  readonly restoredAt: Date | undefined;
  /** Whether the feed ends behind the page. */
  readonly isLast: boolean;
};

/** What sync keeps of its peers. */
export interface PeerStore {
  /** What is known of a peer; empty memory for a new one. */
  load(peerIss: string): Promise<PeerMemory>;
  /** Keeps the time of an answer that brought nothing new: the feed is read to its end. */
  noteAnswer(peerIss: string, answeredAt: Date): Promise<void>;
  /** Keeps what a comparison with a peer found, in the place of the one before. */
  noteComparison(peerIss: string, comparison: Comparison): Promise<void>;
  /** Keeps which epochs of a peer were seen. */
  noteEpochs(peerIss: string, seen: SeenEpochs): Promise<void>;
  /**
   * Commits a page, all of it or nothing. A change that was held back before keeps its time. Of more than 1,000 changes of a
   * peer the oldest are dropped, those first that can never be taken in.
   * @returns whether one was dropped that is to be read again later
   */
  commitPage(page: PageCommit): Promise<boolean>;
  /** Peers whose feeds name these contents, by {@link contentKey}. */
  holdersOf(contents: readonly ContentId[]): Promise<ReadonlyMap<string, readonly Holder[]>>;
  /** What is held back, by peer, code and signer; the most frequent first. @param peerIss default all peers */
  heldGroups(peerIss?: string): Promise<readonly HeldGroup[]>;
  /** Changes of a group to offer again, those that were offered longest ago first. Final ones are in no such list. */
  heldToOffer(group: Pick<HeldGroup, 'peerIss' | 'code' | 'signedBy'>, limit: number): Promise<readonly HeldRow[]>;
  /**
   * Keeps what became of a held change that was offered again, where it is still there.
   * @param still what is held back of it now; none where it was taken in
   */
  noteOffered(id: bigint, still: readonly HeldChange[], at: Date): Promise<void>;
  /** What is held back of a peer, in the order of ids. @param after an id; 0n for the start */
  listHeld(peerIss: string, after: bigint, limit: number): Promise<readonly HeldRow[]>;
  /**
   * Sets the cursor of a peer back to the start of its feed where held changes were dropped and there is room for half of what may
   * be held.
   * @returns whether it did
   */
  beginAgain(peerIss: string): Promise<boolean>;
  /** Has the feed of a peer be read from the start; the rest that is kept of it stays. */
  rewind(peerIss: string): Promise<void>;
  /** Drops all that is kept of a peer. */
  forget(peerIss: string): Promise<void>;
  /** Peers that something is kept of. */
  knownPeers(): Promise<readonly string[]>;
}
