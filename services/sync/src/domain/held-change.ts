import type { PackageRecord } from '@odst/contracts/catalog';

/** Most changes that are held back of one peer. */
export const mostHeld = 1_000;

/** Reasons that are shown of a peer. */
const mostReasons = 10;

/** A change that a peer told and that this server does not take in. It ends nothing meanwhile. */
export type HeldChange = {
  /** 32 hex digits. */
  readonly packageUuid: string;
  /** As the peer told it. */
  readonly filename: string;
  /** As `promote`; empty where a whole record was refused. */
  readonly act: string;
  /** Whose heads it sets, ascending. */
  readonly stages: readonly string[];
  /** Server that signed it, or is said to have; empty where a whole record was refused. */
  readonly signedBy: string;
  /** Code of the error register. */
  readonly code: string;
  readonly reason: string;
  /** Whether it can never be taken in. */
  readonly isFinal: boolean;
  /** To be offered again; undefined where there is nothing that could be. */
  readonly record: PackageRecord | undefined;
};

/** A record of a peer that cannot be read. */
export type MalformedRecord = {
  /** Package that it names, 32 hex digits; empty where it names none. */
  readonly uuid: string;
  readonly reason: string;
};

/** A held change as it is kept. */
export type HeldRow = HeldChange & {
  /** Ascending in the order in which changes were put. */
  readonly id: bigint;
  /** When it was first held back. */
  readonly since: Date;
};

/** Held changes of one peer that have one reason. */
export type HeldGroup = {
  readonly peerIss: string;
  readonly code: string;
  readonly signedBy: string;
  readonly isFinal: boolean;
  /** Of one of them. */
  readonly reason: string;
  readonly count: number;
};

/** What is held back of a peer, as it is shown. */
export type HeldBack = {
  readonly count: number;
  /** The most frequent first, 10 at most. */
  readonly reasons: readonly HeldGroup[];
};

/** What is held back of each peer; those of which nothing is are left out. */
export function heldBackOf(groups: readonly HeldGroup[]): ReadonlyMap<string, HeldBack> {
  return new Map(
    [...Map.groupBy(groups, ({ peerIss }) => peerIss)].map(([peerIss, ofPeer]) => {
      const reasons = ofPeer.toSorted((one, other) => other.count - one.count).slice(0, mostReasons);
      return [peerIss, { count: ofPeer.reduce((sum, { count }) => sum + count, 0), reasons }];
    }),
  );
}

/**
 * Text of a peer as it can be kept and shown: without control characters and not at length.
 * @param length characters, 1 or more
 */
export function plainText(text: string, length: number): string {
  const plain = text.replace(/\p{Cc}+/gu, ' ');
  return plain.length <= length ? plain : `${plain.slice(0, length - 1)}…`;
}
