import type { PackageChange } from '@odst/contracts/catalog';
import { type Stage, stages } from '@odst/kernel';

/**
 * The model that vectors stand for: of each act and head the very set of acts that it truly saw. Nothing is ever dropped from it, and it
 * knows neither vectors nor the product's merge.
 */
export type IdealActs = Map<string, { readonly change: PackageChange; readonly saw: ReadonlyMap<Stage, ReadonlySet<string>> }>;

/** The acts that a server took in, as keys. */
export type Known = ReadonlySet<string>;

/** What a model says of a head: the acts that stand, the winner first, and whether they are in conflict. */
export type IdealHead = { readonly stands: readonly string[]; readonly sha256: string; readonly isConflicted: boolean };

/** What tells acts apart, whatever is sealed in them later. */
export const keyOf = ({ iss, epoch, stamp }: PackageChange) => `${iss}.${epoch} ${stamp}`;

/** Notes a new act of a server that knows these. */
export function act(acts: IdealActs, known: Known, change: PackageChange): Known {
  const saw = change.sets.map(({ stage }): [Stage, ReadonlySet<string>] => {
    const standing = standingKeys(acts, known, stage as Stage);
    return [stage as Stage, new Set(standing.flatMap((key) => [key, ...sawOf(acts, key, stage as Stage)]))];
  });
  acts.set(keyOf(change), { change, saw: new Map(saw) });
  return hear(known, [change]);
}

/** Takes in acts of others. */
export const hear = (known: Known, changes: readonly PackageChange[]): Known => new Set([...known, ...changes.map(keyOf)]);

/** The heads as a server sees them that knows these acts. */
export function idealHeads(acts: IdealActs, known: Known): readonly IdealHead[] {
  return stages.map((stage) => {
    const claims = standingKeys(acts, known, stage).map((key) => claimOf(acts, key, stage));
    const [winner, ...others] = claims.toSorted(byPrecedence);
    const isConflicted =
      winner !== undefined &&
      winner.sha256 !== '' &&
      others.some(({ sha256, byTheWay }) => (sha256 === '' ? !byTheWay : sha256 !== winner.sha256));
    return { stands: [winner, ...others].flatMap((claim) => claim?.key ?? []), sha256: winner?.sha256 ?? '', isConflicted };
  });
}

function standingKeys(acts: IdealActs, known: Known, stage: Stage): readonly string[] {
  const setting = [...known].filter((key) => acts.get(key)?.saw.has(stage));
  const ended = new Set(setting.flatMap((key) => [...sawOf(acts, key, stage)]));
  return setting.filter((key) => !ended.has(key));
}

function sawOf(acts: IdealActs, key: string, stage: Stage): ReadonlySet<string> {
  return acts.get(key)?.saw.get(stage) ?? new Set();
}

function claimOf(acts: IdealActs, key: string, stage: Stage) {
  const change = acts.get(key)?.change;
  const setting = change?.sets.find((set) => set.stage === stage);
  if (change === undefined || setting === undefined) throw new RangeError('an act that sets the head');
  const { iss, epoch, stamp } = change;
  return { key, stamp, writer: `${iss}.${epoch}`, sha256: setting.content?.sha256 ?? '', byTheWay: setting.byTheWay };
}

type IdealClaim = ReturnType<typeof claimOf>;

/** Content before nothing, later stamp, greater writer. */
function byPrecedence(one: IdealClaim, other: IdealClaim): number {
  if ((one.sha256 === '') !== (other.sha256 === '')) return one.sha256 === '' ? 1 : -1;
  if (one.stamp !== other.stamp) return one.stamp > other.stamp ? -1 : 1;
  return one.writer > other.writer ? -1 : 1;
}
