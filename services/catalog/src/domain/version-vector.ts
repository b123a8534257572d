import type { VersionEntry } from '@odst/contracts/catalog';

/** Which changes of each writer a state has seen: all up to the stamp; ascending by writer. One that is not named counts as 0. */
export type VersionVector = readonly VersionEntry[];

/** Who writes a change: each start of a server in a name of its own, so that a restored one never writes in an old name. */
export function writerOf({ iss, epoch }: { readonly iss: string; readonly epoch: string }): string {
  return `${iss}.${epoch}`;
}

/** The stamp of one writer. */
export function stampOf(vector: VersionVector, writer: string): bigint {
  return vector.find((entry) => entry.writer === writer)?.stamp ?? 0n;
}

/** Whether `vector` has seen all that `other` has seen. */
export function covers(vector: VersionVector, other: VersionVector): boolean {
  let at = 0;
  for (const { writer, stamp } of other) {
    while ((vector[at]?.writer ?? writer) < writer) at += 1;
    const entry = vector[at];
    if (entry?.writer !== writer ? stamp > 0n : stamp > entry.stamp) return false;
  }
  return true;
}

/** What both have seen, ascending by writer. */
export function joinVectors(one: VersionVector, other: VersionVector): VersionVector {
  const stamps = new Map(one.map(({ writer, stamp }) => [writer, stamp]));
  for (const { writer, stamp } of other) if (stamp > (stamps.get(writer) ?? 0n)) stamps.set(writer, stamp);
  return [...stamps].map(([writer, stamp]) => ({ writer, stamp })).sort(byWriter);
}

/** The vector with another stamp for one writer, ascending by writer. */
export function withStamp(vector: VersionVector, writer: string, stamp: bigint): VersionVector {
  return [...vector.filter((entry) => entry.writer !== writer), { writer, stamp }].sort(byWriter);
}

function byWriter(one: VersionEntry, other: VersionEntry): number {
  return one.writer < other.writer ? -1 : 1;
}
