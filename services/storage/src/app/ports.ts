import type { Caller, Stage } from '@odst/kernel';
import type { PeerRange } from '@odst/peer-client';
import type { BlobState } from '../domain/blob.ts';
import type { ReceivedUpload, UploadState } from '../domain/upload.ts';

/** Who is to hold a content, as `all`, a number, or the name or ISS ID of a server; and how long that is waited for, 0 to 600,000 ms. */
export type SpreadGoal = { readonly goal: string; readonly waitMs: number };

/** How far a content has spread, by what servers said, signed. */
export type SpreadState = {
  /** Whether those that were named hold it. */
  readonly complete: boolean;
  /** Servers that hold it, and those that are to. */
  readonly held: number;
  readonly of: number;
  /** Of those that were named the ones that do not hold it. `reason` may be empty. */
  readonly missing: readonly { readonly iss: string; readonly name: string; readonly state: string; readonly reason: string }[];
};

/** The sync service, as far as uploads wait for it. */
export interface Spread {
  /** @throws OdstError COMMON_REQUEST_INVALID where a goal names nobody; COMMON_SERVICE_UNAVAILABLE */
  check(goal: string): Promise<void>;
  /**
   * Waits until a head is held by those that are named, or the time is over, or `signal` aborts.
   * @throws OdstError COMMON_REQUEST_INVALID, COMMON_SERVICE_UNAVAILABLE
   */
  wait(head: { readonly stage: Stage; readonly sha256: string }, goal: SpreadGoal, signal: AbortSignal): Promise<SpreadState>;
}

/** A blob that is here in full. */
export type HeldBlob = {
  readonly sha256: string;
  readonly sha1: string;
  readonly sizeBytes: number;
  /** Empty while there is none. */
  readonly manifestDigest: string;
};

/** A blob that is here in full or in part, as the search for what nothing names sees it. */
export type StoredBlob = {
  readonly sha256: string;
  readonly status: 'fetching' | 'verified';
  /** Since when nothing names it; undefined while something does, or nobody has looked. */
  readonly unreferencedSince: Date | undefined;
};

/** A blob that was removed by an event, whose files may be there still. */
export type RemovedBlob = {
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Undefined for the bytes of a refused upload, which go at once. */
  readonly unreferencedSince: Date | undefined;
  readonly removedAt: Date;
};

/** An upload that has not come to its end. */
export type UnfinishedUpload = {
  readonly uploadId: string;
  readonly status: 'started' | 'completed';
  /** Until when its client may go on with it; undefined for one that ends with its request. */
  readonly resumableUntil: Date | undefined;
  /** The content that it made, or was about to make, a blob; undefined before. */
  readonly sha256: string | undefined;
};

/** Which blobs there are: written in the transactions of the events, so as true as they are. */
export interface BlobIndex<Transaction> {
  /** Takes over a blob's state. One that is not absent is no removed blob any more. */
  save(transaction: Transaction, sha256: string, state: BlobState): Promise<void>;
  /** The blob, where it is verified. */
  find(sha256: string): Promise<HeldBlob | undefined>;
  /** Those of the given contents that are verified. `inUse` where whoever relies on one need not claim it. */
  hold(sha256s: readonly string[]): Promise<readonly (HeldBlob & { readonly inUse: boolean })[]>;
  /** Notes that an upload of the content was accepted: whoever relies on it need not claim it, as no refusal can remove it at once. */
  noteAccepted(transaction: Transaction, sha256: string): Promise<void>;
  /** Blobs in the order of their names, behind `after`. */
  listStored(after: string, limit: number): Promise<readonly StoredBlob[]>;
  /** Those of the given contents of which anything is known: here, in part, removed or being uploaded. */
  listKnown(sha256s: readonly string[]): Promise<ReadonlySet<string>>;
  /** Bytes of verified contents that nothing names. */
  unreferencedBytes(): Promise<number>;
  /** Bytes of all verified blobs. */
  heldBytes(): Promise<number>;
  /** Those verified whose SHA-256 begins with these hex digits, ascending, behind `after`. @param limit 1 or more */
  listVerified(prefix: string, after: string, limit: number): Promise<readonly Pick<HeldBlob, 'sha256' | 'sizeBytes'>[]>;
  /** Contents that are verified and have no manifest, the smallest first. */
  listUnsealed(): Promise<readonly string[]>;
  /** Whether the blob is being fetched: some of its chunks may be in staging. */
  isFetching(sha256: string): Promise<boolean>;
}

/** Blobs whose removal has begun: what a crash, or a disk that refuses, leaves of it is found here. */
export interface RemovedBlobs<Transaction> {
  /** Notes it, in the transaction of the event. */
  add(transaction: Transaction, removed: RemovedBlob): Promise<void>;
  /** Contents whose files may be there still. */
  list(): Promise<readonly string[]>;
  /** What is known of one; undefined when its files are gone, or the blob is back. */
  find(sha256: string): Promise<RemovedBlob | undefined>;
  /** Its files are gone. */
  done(sha256: string): Promise<void>;
}

/** What became of an upload. */
export type UploadEnd =
  | { readonly outcome: UploadOutcome; readonly packageId: number }
  | { readonly code: string; readonly reason: string };

/** Which uploads there are: written in the transactions of the events. */
export interface UploadIndex<Transaction> {
  /** Takes over an upload's state. @param end what became of it, where it is at its end */
  save(transaction: Transaction, uploadId: string, state: UploadState, end?: UploadEnd): Promise<void>;
  /** Notes which blob an upload is about to become: after a crash this tells whose the file is. */
  announceContent(uploadId: string, sha256: string): Promise<void>;
  /** What the note, or the upload's end, says. */
  contentOf(uploadId: string): Promise<string | undefined>;
  /** Uploads that have not come to their end, oldest first. */
  listUnfinished(): Promise<readonly UnfinishedUpload[]>;
}

/** Canonical bytes of manifests by their digest. */
export interface ManifestStore<Transaction> {
  /** Keeps a manifest; the same one again is harmless. */
  save(
    transaction: Transaction,
    manifest: { readonly digest: string; readonly sha256: string; readonly bytes: Uint8Array },
  ): Promise<void>;
  /** The bytes, where they are known. */
  load(digest: string): Promise<Uint8Array | undefined>;
  /** Forgets all manifests of a content. */
  forget(transaction: Transaction, sha256: string): Promise<void>;
}

/** What an upload made of the package of its name. */
export type UploadOutcome = 'created' | 'replaced' | 'unchanged';

/** What catalog made of an upload. */
export type RegisteredUpload =
  | { readonly outcome: UploadOutcome; readonly packageId: number }
  | { readonly outcome: 'refused'; readonly code: string; readonly reason: string };

/** What a download serves, or will serve. */
export type DownloadContent = {
  /** NFC. */
  readonly filename: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** When the content came to stand under the name. */
  readonly date: {
    readonly at: Date;
    /** Whether the second tells the content from others of the name. */
    readonly isUnique: boolean;
  };
  /** Whether nothing is served under the name yet, and these bytes are on their way. */
  readonly isAwaited: boolean;
};

/** The catalog service. Every method @throws OdstError COMMON_SERVICE_UNAVAILABLE or COMMON_DEADLINE_EXCEEDED. */
export interface CatalogPort {
  /**
   * Makes an upload a package, or has it refused. The upload id is the command id: repeating is safe.
   * @param completedAt of an upload whose client waits no more: it is refused where the name was changed since
   * @throws OdstError COMMON_COMMAND_CONFLICT when others changed the name all the time
   */
  registerUpload(uploadId: string, upload: ReceivedUpload, caller: Caller, completedAt?: Date): Promise<RegisteredUpload>;
  /**
   * What an upload would become, before its bytes come.
   * @throws OdstError as `registerUpload` would have it refused: CATALOG_FILENAME_TAKEN, CATALOG_STAGE_DIFFERS,
   *   CATALOG_HEAD_REPLACED
   */
  checkUpload(claim: Pick<ReceivedUpload, 'filename' | 'stage' | 'sha256' | 'replace' | 'replaces'>): Promise<UploadOutcome>;
  /** What to serve under a name, or what is to come. @throws OdstError CATALOG_PACKAGE_UNKNOWN */
  findContent(filename: string): Promise<DownloadContent>;
  /** Whether any package, conflict or upload names a content. */
  namesContent(sha256: string): Promise<boolean>;
}

/** A signed request as it was received. */
export type SignedRequest = {
  /** Value of the Authorization header; empty for none. */
  readonly authorization: string;
  readonly method: string;
  /** Path and query. */
  readonly target: string;
};

/** Signatures of other servers, which registration checks. */
export interface TrustPort {
  /**
   * The peer that signed a request without a body.
   * @throws OdstError REGISTRATION_SIGNATURE_INVALID, REGISTRATION_SIGNATURE_REPLAYED, REGISTRATION_CLOCK_SKEW,
   *   REGISTRATION_SERVER_BLOCKED
   */
  verifyRequest(request: SignedRequest): Promise<{ readonly peerIss: string }>;
  /** Those of these servers that are peers. @throws OdstError COMMON_SERVICE_UNAVAILABLE */
  peersAmong(isses: readonly string[]): Promise<ReadonlySet<string>>;
}

/** What a peer gave for the bytes of a blob. */
export type PeerManifest = {
  /** As received: to be checked against the digest. */
  readonly bytes: Uint8Array;
  /** Opens the bytes to this server for some minutes. */
  readonly grant: string;
};

/** The data planes of other servers. Every method @throws OdstError STORAGE_PEER_FAILED when the peer does not answer as it should. */
export interface PeerBlobs {
  /** Asks for the manifest, and with it for a grant. */
  fetchManifest(peerIss: string, sha256: string, signal: AbortSignal): Promise<PeerManifest>;
  /**
   * Asks for a range of the bytes; `start` and `end` are boundaries of chunks.
   * @returns a range that a peer began to send, whose errors are STORAGE_PEER_FAILED
   * @throws OdstError STORAGE_GRANT_INVALID when the grant is over: ask for another
   */
  fetchRange(
    request: {
      readonly peerIss: string;
      readonly sha256: string;
      readonly grant: string;
      readonly start: number;
      readonly end: number;
    },
    signal: AbortSignal,
  ): Promise<PeerRange>;
}

/** An upload that may come in several requests. */
export type ResumableUpload = {
  readonly uploadId: string;
  /** Name of the account that began it: nobody else may go on with it. */
  readonly owner: string;
  /** Checked, NFC. */
  readonly filename: string;
  readonly stage: Stage;
  /** Whether other bytes of the same name may be replaced. */
  readonly replace: boolean;
  /** What the stage is to have when it is replaced: a SHA-256, or `nothing`; empty for whatever it has. */
  readonly replaces: string;
  readonly sizeBytes: number;
  /** What the content is to be, hex; undefined where the client did not say. */
  readonly wantedSha256: string | undefined;
  /** As it came, to be given back as it came. */
  readonly metadata: string;
  readonly createdAt: Date;
};

/** What is known of one. */
export type ResumableUploadState = ResumableUpload & {
  /** How many bytes survive any crash. */
  readonly durableBytes: number;
  /** When the last of them came, or, before the first, when it was begun. */
  readonly lastByteAt: Date;
  /** When it ends, unless more comes before. */
  readonly expiresAt: Date;
  readonly status: Exclude<UploadState['status'], 'none'>;
  /** Of a content that was received whole. */
  readonly sha256: string | undefined;
  readonly sha1: string | undefined;
  /** Undefined while it is not at its end. */
  readonly end: UploadEnd | undefined;
};

/** Where a list of uploads goes on. */
export type UploadCursor = { readonly createdAt: Date; readonly uploadId: string };

/** Uploads that may come in several requests. What became of them is in the upload index. */
export interface ResumableIndex<Transaction> {
  /** Notes one, in the transaction of its first event. */
  add(transaction: Transaction, upload: ResumableUpload, expiresAt: Date): Promise<void>;
  /** Notes how much of it is durable. */
  advance(uploadId: string, durableBytes: number, lastByteAt: Date, expiresAt: Date): Promise<void>;
  /** Notes what it is to replace from now on. @param replaces as of a `ResumableUpload` */
  aim(uploadId: string, replaces: string): Promise<void>;
  find(uploadId: string): Promise<ResumableUploadState | undefined>;
  /**
   * Newest first.
   * @param owner undefined for those of all accounts
   * @param unfinishedAt leaves out those that were at their end then; undefined for all
   */
  list(of: {
    readonly owner: string | undefined;
    readonly unfinishedAt?: Date | undefined;
    readonly after: UploadCursor | undefined;
    readonly limit: number;
  }): Promise<readonly ResumableUploadState[]>;
  /** How many of an account are not at their end. */
  countUnfinished(owner: string): Promise<number>;
  /** Ids of those of which all bytes are here, that are neither at their end nor expired, and of which no event says so. */
  listWhole(now: Date): Promise<readonly string[]>;
  /** Forgets those that came to their end before. */
  forgetEnded(before: Date): Promise<void>;
}
