import type { VersionEntry } from '@odst/contracts/catalog';

/** Which changes of each server a state has seen: all up to the stamp; ascending by iss. A server not named counts as 0. */
export type VersionVector = readonly VersionEntry[];

/** The stamp of one server. */
export function stampOf(vector: VersionVector, iss: string): bigint {
  return vector.find((entry) => entry.iss === iss)?.stamp ?? 0n;
}

/** Whether `vector` has seen all that `other` has seen. */
export function covers(vector: VersionVector, other: VersionVector): boolean {
  let at = 0;
  return other.every(({ iss, stamp }) => {
    while ((vector[at]?.iss ?? iss) < iss) at += 1;
    const entry = vector[at];
    return stamp <= (entry?.iss === iss ? entry.stamp : 0n);
  });
}

/** What both have seen, ascending by iss. */
export function joinVectors(one: VersionVector, other: VersionVector): VersionVector {
  return other.reduce((joined, { iss, stamp }) => (stamp > stampOf(joined, iss) ? withStamp(joined, iss, stamp) : joined), one);
}

/** The vector with another stamp for one server, ascending by iss. */
export function withStamp(vector: VersionVector, iss: string, stamp: bigint): VersionVector {
  return [...vector.filter((entry) => entry.iss !== iss), { iss, stamp }].sort((a, b) => (a.iss < b.iss ? -1 : 1));
}
