import type { WriterStatement } from '@odst/contracts/sync';

/** A change that a server made: the start in which it did, and its stamp. */
export type Written = Pick<WriterStatement, 'epoch'> & { readonly stamp: bigint };

/** How far a server has written. */
export type WriterReach = Pick<WriterStatement, 'epoch' | 'lastStamp' | 'floor'>;

/** Whether a server says that it may have made such a change. */
export function hasReached(said: WriterReach | undefined, { epoch, stamp }: Written): boolean {
  return said !== undefined && stamp <= (said.epoch === epoch ? said.lastStamp : said.floor);
}

/**
 * What a server is to say when it has made these changes; undefined where it has said that already. It never says less than before: the
 * start of the latest change is the one that writes, and all else lies below the floor.
 * @param startedMs when this server started, milliseconds since 1970: what it wrote in earlier starts came before, also what a restored one
 * knows nothing of
 */
export function reachAfter(
  before: WriterReach | undefined,
  written: readonly Written[],
  startedMs: number,
): WriterReach | undefined {
  const news = written.filter((one) => !hasReached(before, one));
  const [first] = news;
  if (first === undefined) return undefined;
  const { epoch, stamp } = news.reduce((latest, one) => (one.stamp > latest.stamp ? one : latest), first);
  const others = news.filter((one) => one.epoch !== epoch).map((one) => one.stamp);
  if (before?.epoch === epoch) return { epoch, lastStamp: stamp, floor: greatest(before.floor, ...others) };
  const floor = greatest(BigInt(startedMs) * stampsPerMs, before?.floor ?? 0n, before?.lastStamp ?? 0n, ...others);
  return { epoch, lastStamp: stamp, floor };
}

/** What a server is to say when it hears what another life of it said: all of both. */
export function joinedReach(own: WriterReach, other: WriterReach): WriterReach {
  const { epoch } = own;
  if (other.epoch !== epoch) return { ...own, floor: greatest(own.floor, other.floor, other.lastStamp) };
  return { epoch, lastStamp: greatest(own.lastStamp, other.lastStamp), floor: greatest(own.floor, other.floor) };
}

/** Stamps of changes for each millisecond, as catalog counts them. */
const stampsPerMs = 65_536n;

function greatest(first: bigint, ...others: readonly bigint[]): bigint {
  let most = first;
  for (const one of others) if (one > most) most = one;
  return most;
}
