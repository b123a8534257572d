import type { Content, HeadSetting, PackageChange } from '@odst/contracts/catalog';
import { type Stage, stages } from '@odst/kernel';
import { canonicalText, settingOf, vectorOf } from './change.ts';
import { isSealOf, lacksManifest } from './sealing.ts';
import { covers, type VersionVector, writerOf } from './version-vector.ts';

/** Most changes of one server that stand in one head: the latest. An honest one has one for each of its restored lives. */
export const maxStandingPerSigner = 8;

/** A change as far as it concerns one head. */
export type Claim = {
  readonly change: PackageChange;
  readonly setting: HeadSetting;
  readonly vector: VersionVector;
};

/**
 * Joins two states of one package: what is kept is the set of changes that stand in some head. Commutative, associative and
 * idempotent for any vectors, so that servers agree in whatever order they hear of changes. Nothing is signed by merging. Where one
 * server has more changes beside each other than are kept, which no honest one has, the order may decide which are kept for a while;
 * servers that go on exchanging records agree all the same.
 */
export function mergeChanges(one: readonly PackageChange[], other: readonly PackageChange[]): readonly PackageChange[] {
  const all = distinct([...one, ...other]);
  return standingIn(
    all,
    stages.map((stage) => claimsOn(all, stage)),
  );
}

/** Of these changes those that stand in some head. @param claims by head */
export function standingIn(all: readonly PackageChange[], claims: readonly (readonly Claim[])[]): readonly PackageChange[] {
  const standing = new Set<PackageChange>();
  for (const ofHead of claims) for (const { change } of ofHead) standing.add(change);
  return all.filter((change) => standing.has(change)).toSorted(byStamp);
}

/** What stands in a head: claims that no other change has seen, the winner first. @param maxPerSigner default {@link maxStandingPerSigner} */
export function claimsOn(
  changes: readonly PackageChange[],
  stage: Stage,
  maxPerSigner: number = maxStandingPerSigner,
): readonly Claim[] {
  const claims = changes.flatMap((change) => claimOf(change, stage) ?? []);
  const naming = claimsByWriter(claims);
  const isEnded = (claim: Claim) => naming.get(writerOf(claim.change))?.some((by) => ends(by, claim)) ?? false;
  const standing = claims.filter((claim) => !isEnded(claim)).toSorted(byPrecedence);
  return boundedBySigner(standing, maxPerSigner);
}

/**
 * {@link claimsOn} of changes that one was added to: what a fold does for each event, at the cost of one look at each claim.
 * @param standing what stood in the head without it
 */
export function claimsWith(
  standing: readonly Claim[],
  present: readonly PackageChange[],
  added: PackageChange,
  stage: Stage,
): readonly Claim[] {
  const claim = claimOf(added, stage);
  if (claim === undefined) return standing;
  // What was ended here and stands in another head would stand here again, were that which ended it forgotten.
  const isAllStanding = present.filter((change) => settingOf(change, stage) !== undefined).length === standing.length;
  const ofSigner = standing.filter(({ change }) => change.iss === added.iss).length;
  if (!isAllStanding || ofSigner >= maxStandingPerSigner) return claimsOn([...present, added], stage);
  const left = standing.filter((other) => !ends(claim, other));
  if (standing.some((other) => ends(other, claim))) return left;
  const place = left.findIndex((other) => byPrecedence(claim, other) < 0);
  return left.toSpliced(place === -1 ? left.length : place, 0, claim);
}

function claimOf(change: PackageChange, stage: Stage): Claim | undefined {
  const setting = settingOf(change, stage);
  return setting && { change, setting, vector: vectorOf(change, setting) };
}

/** The claims by the writers that they have seen: whatever ends a change is among those that name its writer, which are few. */
function claimsByWriter(claims: readonly Claim[]): ReadonlyMap<string, readonly Claim[]> {
  const byWriter = new Map<string, Claim[]>();
  for (const claim of claims) {
    for (const { writer } of claim.vector) {
      const others = byWriter.get(writer);
      if (others === undefined) byWriter.set(writer, [claim]);
      else others.push(claim);
    }
  }
  return byWriter;
}

/** Whether both give a head the same. Content whose manifest is not made yet is what any other of its SHA-256 is. */
export function isSameValue(one: Content | undefined, other: Content | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  if (one.sha256 !== other.sha256) return false;
  return one.manifestDigest === other.manifestDigest || lacksManifest(one) || lacksManifest(other);
}

/** As {@link isSameValue}, but to the letter: which of several changes stays would depend on their order otherwise. */
function isEqualContent(one: Content | undefined, other: Content | undefined): boolean {
  return one?.sha256 === other?.sha256 && one?.manifestDigest === other?.manifestDigest;
}

/** Whether `by` ends `claim`: it has seen it, or says the very same with the same knowledge. */
function ends(by: Claim, claim: Claim): boolean {
  if (by.change === claim.change) return false;
  if (!covers(by.vector, claim.vector)) return false;
  if (!covers(claim.vector, by.vector)) return true;
  // An unsealed change gives way to its sealed form, which a restored server may hear of from peers.
  if (isSealOf(by.change, claim.change)) return true;
  if (isSealOf(claim.change, by.change) || !isEqualContent(by.setting.content, claim.setting.content)) return false;
  return canonicalText(by.change) > canonicalText(claim.change);
}

/** Content before nothing, later stamp, greater writer; then anything that is the same on every server. */
function byPrecedence(one: Claim, other: Claim): number {
  const isNothing = one.setting.content === undefined;
  if (isNothing !== (other.setting.content === undefined)) return isNothing ? 1 : -1;
  return byStamp(other.change, one.change);
}

/** Earlier stamp, smaller writer, smaller text. */
function byStamp(one: PackageChange, other: PackageChange): number {
  if (one.stamp !== other.stamp) return one.stamp < other.stamp ? -1 : 1;
  const [writer, otherWriter] = [writerOf(one), writerOf(other)];
  if (writer !== otherWriter) return writer < otherWriter ? -1 : 1;
  return one === other ? 0 : canonicalText(one) < canonicalText(other) ? -1 : 1;
}

/** Each change once, of equal ones the first. Texts, which are long, are compared only where one writer has a stamp twice. */
function distinct(changes: readonly PackageChange[]): readonly PackageChange[] {
  const known = new Map<string, PackageChange[]>();
  return changes.filter((change) => {
    const key = `${writerOf(change)} ${change.stamp}`;
    const others = known.get(key) ?? [];
    if (others.some((other) => other === change || canonicalText(other) === canonicalText(change))) return false;
    known.set(key, [...others, change]);
    return true;
  });
}

/** Whether two changes say the same, of the same writer at the same time. */
export function isSameChange(one: PackageChange, other: PackageChange): boolean {
  if (one === other) return true;
  if (one.stamp !== other.stamp || one.iss !== other.iss || one.epoch !== other.epoch) return false;
  return canonicalText(one) === canonicalText(other);
}

function boundedBySigner(claims: readonly Claim[], maxPerSigner: number): readonly Claim[] {
  if (claims.length <= maxPerSigner) return claims;
  const latestFirst = claims.toSorted((one, other) => byStamp(other.change, one.change));
  const counts = new Map<string, number>();
  const kept = new Set(
    latestFirst.filter(({ change: { iss } }) => {
      const count = (counts.get(iss) ?? 0) + 1;
      counts.set(iss, count);
      return count <= maxPerSigner;
    }),
  );
  return claims.filter((claim) => kept.has(claim));
}
