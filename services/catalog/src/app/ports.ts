import type { PackageHeads, Package as PackageView, RecordDigest } from '@odst/contracts/catalog';
import type { Stage } from '@odst/kernel';
import type { Signer } from '../domain/acceptance.ts';
import type { Package, PackageStatus } from '../domain/package.ts';

/** What this server is and does, as its admin set it. */
export type ServerPolicy = {
  readonly stage: Stage;
  /** `ask`: what another server deleted everywhere stays served here until an admin confirms. */
  readonly deletions: 'follow' | 'ask';
  /** How long contents stay in the trash, in days, from 0. */
  readonly trashDays: number;
};

/** What catalog asks of registration. */
export interface Registration {
  /** Who this server is, 32 hex digits. It never changes, so it is asked once. @throws OdstError COMMON_SERVICE_UNAVAILABLE */
  iss(): Promise<string>;
  /** The present settings of this server, asked anew each time. @throws OdstError COMMON_SERVICE_UNAVAILABLE */
  policy(): Promise<ServerPolicy>;
  /** Signs a change's canonical bytes with this server's key; 64 bytes. @throws OdstError COMMON_SERVICE_UNAVAILABLE */
  signChange(bytes: Uint8Array): Promise<Uint8Array>;
  /**
   * What is known of servers, as far as `toldBy` passes on what they signed; servers that are not known are left out.
   * @throws OdstError COMMON_SERVICE_UNAVAILABLE
   */
  signers(toldBy: string, isses: readonly string[]): Promise<ReadonlyMap<string, Signer>>;
}

/** Checks signatures of changes. */
export interface Signatures {
  /** Whether the signature over the bytes of a change is by the key (Ed25519, 32 bytes). */
  holds(publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean;
}

/** What catalog asks of storage. */
export interface Blobs {
  /** Those of the contents (hex) whose verified bytes are here. @throws OdstError COMMON_SERVICE_UNAVAILABLE */
  held(sha256s: readonly string[]): Promise<readonly string[]>;
  /**
   * The digest of the manifest (hex) of each of the contents (hex) whose bytes are here; contents without one yet are left out.
   * @throws OdstError COMMON_SERVICE_UNAVAILABLE
   */
  manifestDigests(sha256s: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

/** Gives packages their numbers. */
export interface PackageNumbers {
  /** The next number: counts up from 1, never given twice; numbers that are not used in the end are skipped. */
  next(): Promise<number>;
}

/** A package with what its stream says of it. */
export type PackageEntry = {
  readonly package: Package;
  /** Version of the stream. */
  readonly version: number;
  /** When the package came to this server. */
  readonly createdAt: Date;
};

/** Which packages are listed; without a part, all. */
export type PackageFilter = {
  readonly statuses?: readonly PackageStatus[];
  /** Stage with a content. */
  readonly stage?: Stage;
  /** Stage of the head that the package is listed under. */
  readonly listedStage?: Stage;
  /** Part of the name, whatever the case. */
  readonly query?: string;
  readonly inConflict?: boolean;
  readonly inTrash?: boolean;
  readonly awaitingConfirmation?: boolean;
  /** These alone. */
  readonly ids?: readonly number[];
};

/** `id` and `name` ascending, `changed` latest first; behind `-` the other way round. */
export type PackageOrder = 'id' | 'name' | 'changed' | '-id' | '-name' | '-changed';

/** A page of a list. */
export type PageRequest = {
  /** Cursor of the last page; empty for the first. */
  readonly after: string;
  /** How many to leave out behind it. */
  readonly skip: number;
  /** From 1. */
  readonly limit: number;
};

/** A page with the cursor for the next; empty on the last. */
export type PageOf<T> = { readonly items: readonly T[]; readonly next: string };

/** Which packages work is looked for on. */
export type WorkFilter =
  | { readonly kind: 'all' }
  /** Those with a content that is wanted: any, or this one. */
  | { readonly kind: 'wanted'; readonly sha256?: string }
  /** Those with a change that lacks its manifest: any, or that of this content. */
  | { readonly kind: 'unsealed'; readonly sha256?: string }
  /** Those with a content that is to leave this server. */
  | { readonly kind: 'leaving' }
  /** Those with a content that came to the trash before this. */
  | { readonly kind: 'trashed'; readonly before: Date };

/** Which digests of records. */
export type DigestQuery = {
  /** Hex digits with which the uuids begin; empty for all. */
  readonly prefix: string;
  /** A uuid; empty for the first page. */
  readonly after: string;
  readonly limit: number;
  /** These alone; undefined for all. */
  readonly uuids: readonly string[] | undefined;
};

/** What is in the trash: each content counts once. */
export type Trashed = {
  readonly bytes: bigint;
  readonly contents: number;
  /** When the oldest came there; undefined where there is none. */
  readonly since: Date | undefined;
};

/** The read model of packages. It follows the events; {@link caughtUp} tells how far. */
export interface PackageRows {
  /**
   * Waits until the rows hold every event that was committed before the call.
   * @param timeoutMs default 8000, and 2000 while the rows cannot follow, as something fails or they are of another version
   * @returns false when the time was over before
   */
  caughtUp(timeoutMs?: number): Promise<boolean>;
  /** A page of a list, as others see packages. @throws OdstError COMMON_REQUEST_INVALID for a cursor that is none of this list */
  list(filter: PackageFilter, order: PackageOrder, page: PageRequest): Promise<PageOf<PackageView>>;
  /** How many there are of such a list. */
  count(filter: PackageFilter): Promise<number>;
  /** What packages have that are not deleted, by number. @param after number of the last one; 0 for the first page */
  heads(after: number, limit: number): Promise<readonly PackageHeads[]>;
  /** How much is in the trash. */
  trashed(): Promise<Trashed>;
  /** A page of packages to work on, by number. @param after number of the last one; 0 for the first page */
  entries(filter: WorkFilter, after: number, limit: number): Promise<readonly PackageEntry[]>;
  byId(packageId: number): Promise<PackageEntry | undefined>;
  byUuid(uuid: string): Promise<PackageEntry | undefined>;
  /** Packages by their ids; those that are not known are left out. */
  byUuids(uuids: readonly string[]): Promise<readonly PackageEntry[]>;
  /** Digests of records that may leave this server, ascending by uuid; those of which nothing may are left out. */
  recordDigests(query: DigestQuery): Promise<readonly RecordDigest[]>;
  /**
   * Whether a package names the content (hex): in a head, as a side of a conflict, as what is served or in the trash. What it let go it
   * does not name.
   */
  namesContent(sha256: string): Promise<boolean>;
}
