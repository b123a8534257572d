/** Compares positions for a sort, the lowest first. */
export function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : Number(a > b);
}

/** The lowest of some positions; undefined of none. */
export function lowestOf(positions: Iterable<bigint>): bigint | undefined {
  let lowest: bigint | undefined;
  for (const position of positions) if (lowest === undefined || position < lowest) lowest = position;
  return lowest;
}
