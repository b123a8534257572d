import type { HoldingsStatement, WriterStatement } from '@odst/contracts/sync';
import type { Stage } from '@odst/kernel';
import type { Statement } from '../domain/holdings.ts';

/** A statement, and when the server that signed it was alive, by this server's clock. */
export type HeardStatement = Statement & { readonly heardAt: Date };

/** When a server was heard of last. */
export type Heard = { readonly iss: string; readonly stamp: bigint; readonly heardAt: Date };

/** Which statements of holdings. */
export type HoldingsQuery = {
  /** Default all servers. */
  readonly iss?: string;
  /** Default all shards. */
  readonly shards?: readonly number[];
};

/** How far a server has written, by its newest statement. */
export type StatedWriter = {
  /** Of its entry in the feed; where that was lost, behind all others, so that every reader is told of it. */
  readonly position: bigint;
  readonly statement: WriterStatement;
};

/** What servers said of themselves, this one included, in the feed: the newest statement of each subject. */
export interface StatementStore {
  /**
   * Puts those that count more than what is known at the end of the feed, in their order and in the place of the ones before, all or
   * none. Their signatures were checked.
   * @returns those that were put
   */
  putStatements(told: readonly HeardStatement[]): Promise<readonly Statement[]>;
  /**
   * Puts what this server says of itself at the end of the feed, whatever its stamp, in the place of the statement that it follows from.
   * @param before stamp of that one; undefined for none
   * @returns whether it was put: not where another process of this server has said something else meanwhile
   */
  replaceOwn(own: HeardStatement, before: bigint | undefined): Promise<boolean>;
  /** Stamps of what is known, by subject; without those of which nothing is. */
  stampsOf(subjects: readonly string[]): Promise<ReadonlyMap<string, bigint>>;
  /** Statements of holdings, in no order. */
  holdings(query: HoldingsQuery): Promise<readonly HoldingsStatement[]>;
  /**
   * What tells the statements of holdings of a shard from those before, by shard: another text as soon as one of them is another. Without
   * shards of which nothing is said. Costs little beside {@link holdings}.
   */
  holdingsVersions(shards: readonly number[]): Promise<ReadonlyMap<number, string>>;
  /** How far these servers have written, in no order; without those of which nothing is known. */
  writers(isses: readonly string[]): Promise<readonly StatedWriter[]>;
  /** The servers that were heard of, in no order. */
  heard(): Promise<readonly Heard[]>;
}

/** What statements are for: a signature for one purpose is worth nothing for another. */
export type Purpose = Statement['kind'];

/** Signatures of servers. */
export interface Signatures {
  /** This server's signature. @throws OdstError COMMON_SERVICE_UNAVAILABLE and other retryable ones */
  sign(purpose: Purpose, bytes: Uint8Array): Promise<Uint8Array>;
  /** Whether the one with this key signed these bytes. */
  holds(publicKey: Uint8Array, purpose: Purpose, bytes: Uint8Array, signature: Uint8Array): boolean;
}

/** A server that is known here. */
export type KnownSite = {
  readonly iss: string;
  readonly name: string;
  readonly stage: Stage;
  /** `self`, `peer`, `introduced`, or `former`: it was a peer. */
  readonly relation: string;
  /** Whether nothing of what it signs is taken here. */
  readonly blocked: boolean;
};

/** The registration service, as far as statements need it. */
export interface SiteDirectory {
  /** Identity of this server. @throws OdstError COMMON_SERVICE_UNAVAILABLE */
  ownIss(): Promise<string>;
  /** Servers that are known here and not retired, this one included. @throws OdstError COMMON_SERVICE_UNAVAILABLE */
  listSites(): Promise<readonly KnownSite[]>;
  /**
   * Keys of servers, without those from which nothing is taken: unknown and blocked ones, and those whose peer introduces none.
   * @param toldByIss the peer that told what they signed
   * @throws OdstError COMMON_SERVICE_UNAVAILABLE
   */
  keysOf(toldByIss: string, isses: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>;
}

/** The storage service, as far as statements need it. */
export interface HeldContents {
  /**
   * Contents that this server has verified and whose files are there, ascending.
   * @param prefix first hex digits of their SHA-256; empty for all
   * @throws OdstError COMMON_SERVICE_UNAVAILABLE
   */
  listHeld(prefix: string, signal: AbortSignal): AsyncIterable<string>;
}
