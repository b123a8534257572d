import type { Stage } from '@odst/kernel';
import type { Package, PackageStatus } from '../domain/package.ts';

/** What catalog asks of registration. */
export interface Registration {
  /** Who this server is, 32 hex digits. It never changes, so it is asked once. @throws OdstError COMMON_SERVICE_UNAVAILABLE */
  iss(): Promise<string>;
  /** The present stage of this server, asked anew each time. @throws OdstError COMMON_SERVICE_UNAVAILABLE */
  stage(): Promise<Stage>;
  /** Signs a record's canonical bytes with this server's key; 64 bytes. @throws OdstError COMMON_SERVICE_UNAVAILABLE */
  signRecord(bytes: Uint8Array): Promise<Uint8Array>;
  /** Checks a record's signature. @throws OdstError COMMON_SERVICE_UNAVAILABLE */
  verifyRecord(iss: string, bytes: Uint8Array, signature: Uint8Array): Promise<SignatureVerdict>;
}

/** What became of a signature. `unknown-signer`: no key of that server is known here yet. */
export type SignatureVerdict = 'valid' | 'invalid' | 'unknown-signer';

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

/** Which packages; without a part, all. */
export type PackageFilter = {
  readonly statuses?: readonly PackageStatus[];
  readonly stages?: readonly Stage[];
  /** Content that stands, hex. */
  readonly sha256?: string;
};

/** The read model of packages. It follows the events; {@link caughtUp} tells how far. */
export interface PackageRows {
  /**
   * Waits until the rows hold every event that was committed before the call.
   * @param timeoutMs default 2000
   * @returns false when the time was over before
   */
  caughtUp(timeoutMs?: number): Promise<boolean>;
  /** Ordered by number. */
  list(filter: PackageFilter): Promise<readonly PackageEntry[]>;
  /**
   * Packages with a change, standing or concurrent, that lacks its manifest; ordered by number.
   * @param sha256 content (hex) of such a change; default any
   */
  unsealed(sha256?: string): Promise<readonly PackageEntry[]>;
  byId(packageId: number): Promise<PackageEntry | undefined>;
  byUuid(uuid: string): Promise<PackageEntry | undefined>;
  /** Whether a package names the content (hex): as what stands, as what is served, or as a side of a conflict. */
  namesContent(sha256: string): Promise<boolean>;
}
