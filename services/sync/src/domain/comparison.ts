/** What became of a comparison with a peer. */
export type ComparisonOutcome = 'equal' | 'repaired' | 'different' | 'unsupported' | 'failed';

/** What became of a package that differed. Those that differ still come first where only some are told. */
export const differenceOutcomes = ['unexplained', 'heldBack', 'lacking', 'repaired'] as const;

/** A package that differed between this server and a peer. */
export type Difference = {
  /** As far as it is known. */
  readonly filename: string;
  readonly outcome: (typeof differenceOutcomes)[number];
  /** In words. */
  readonly reason: string;
};

/** How many packages differed, and what became of them. */
export type DifferenceCounts = {
  /** Packages of the peer. */
  readonly packages: number;
  readonly differed: number;
  /** This server lacked something of them that it has now. */
  readonly repaired: number;
  /** It lacks something of them still, as it does not take it in. */
  readonly heldBack: number;
  /** The peer lacks something of them. */
  readonly lacking: number;
  /** What the peer tells of them contradicts itself. */
  readonly unexplained: number;
};

/** A comparison with a peer. */
export type Comparison = DifferenceCounts & {
  readonly comparedAt: Date;
  readonly outcome: ComparisonOutcome;
  /** 10 at most. */
  readonly examples: readonly Difference[];
  /** Why there is none, in words; else empty. */
  readonly reason: string;
};

/** Packages that are named one by one. */
const mostExamples = 10;

const none: DifferenceCounts = { packages: 0, differed: 0, repaired: 0, heldBack: 0, lacking: 0, unexplained: 0 };

/** A comparison of which nothing came. */
export function noComparison(outcome: 'unsupported' | 'failed', reason: string, comparedAt: Date): Comparison {
  return { ...none, comparedAt, outcome, examples: [], reason };
}

/**
 * A comparison by what became of each package that differed.
 * @param repaired how many of them got something; those that differ all the same are among them
 */
export function comparisonOf(
  { packages, repaired, comparedAt }: { readonly packages: number; readonly repaired: number; readonly comparedAt: Date },
  differences: readonly Difference[],
): Comparison {
  const count = (outcome: Difference['outcome']) => differences.filter((one) => one.outcome === outcome).length;
  const counts = { heldBack: count('heldBack'), lacking: count('lacking'), unexplained: count('unexplained') };
  const differsStill = counts.heldBack + counts.lacking + counts.unexplained > 0;
  return {
    packages,
    differed: differences.length,
    repaired,
    ...counts,
    comparedAt,
    outcome: differsStill ? 'different' : repaired > 0 ? 'repaired' : 'equal',
    examples: differences
      .toSorted((one, other) => differenceOutcomes.indexOf(one.outcome) - differenceOutcomes.indexOf(other.outcome))
      .slice(0, mostExamples),
    reason: '',
  };
}

/** Ranges of packages, by the first byte of their uuids. */
export const rangeCount = 256;

/** A package and the digest of its record, both hex. */
export type RecordDigest = { readonly uuid: string; readonly digest: string };

/** Bytes of the entry of a package, and of its uuid in it. */
const [entryBytes, uuidBytes] = [48, 16];

/** The range of a package. @param uuid 32 hex digits */
export function rangeOf(uuid: string): number {
  return Number.parseInt(uuid.slice(0, 2), 16);
}

/** The two hex digits with which all packages of a range begin. */
export function prefixOf(range: number): string {
  return range.toString(16).padStart(2, '0');
}

/** Packages with their digests as bytes: what travels, and over what the digest of a range is made. */
export function entriesOf(digests: readonly RecordDigest[]): Uint8Array {
  return bytesOf(digests.map(({ uuid, digest }) => `${uuid}${digest}`).join(''));
}

/** The reverse; undefined where it is none of {@link entriesOf} with ascending uuids. */
export function digestsOf(entries: Uint8Array): readonly RecordDigest[] | undefined {
  if (entries.length % entryBytes !== 0) return undefined;
  const digests = Array.from({ length: entries.length / entryBytes }, (_, index): RecordDigest => {
    const entry = entries.subarray(index * entryBytes, (index + 1) * entryBytes);
    return { uuid: hexOf(entry.subarray(0, uuidBytes)), digest: hexOf(entry.subarray(uuidBytes)) };
  });
  return digests.every(({ uuid }, index) => index === 0 || uuid > (digests[index - 1]?.uuid ?? '')) ? digests : undefined;
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, index) => Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16));
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
