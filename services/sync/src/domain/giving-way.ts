/** A content that was put first, could begin, and finds no room. */
export type Pressing = {
  /** Peers that could serve it now. */
  readonly sources: readonly string[];
  /** The highest comes first. */
  readonly place: number;
};

/** A transfer under way. */
export type Occupant<Transfer> = {
  readonly transfer: Transfer;
  readonly sourceIss: string;
  /** Of one that was put first itself; 0 for others. */
  readonly place: number;
  /** In the order of want: the highest came last. */
  readonly order: number;
  /** Whether it is about to end, as it was told to. */
  readonly isEnding: boolean;
};

/**
 * Which transfers are to give way to contents that were put first: one for each, of a peer that could serve it; of those the one that was
 * wanted last. One that is about to end already makes room for one.
 */
export function givingWay<Transfer>(
  pressing: readonly Pressing[],
  occupants: readonly Occupant<Transfer>[],
): readonly Transfer[] {
  const left = new Set(occupants);
  const chosen: Transfer[] = [];
  for (const { sources, place } of pressing.toSorted((one, other) => other.place - one.place)) {
    const candidates = [...left].filter((one) => sources.includes(one.sourceIss) && (one.isEnding || one.place < place));
    const [first] = candidates.toSorted(byLeastLoss);
    if (first === undefined) continue;
    left.delete(first);
    if (!first.isEnding) chosen.push(first.transfer);
  }
  return chosen;
}

function byLeastLoss(one: Occupant<unknown>, other: Occupant<unknown>): number {
  return Number(other.isEnding) - Number(one.isEnding) || one.place - other.place || other.order - one.order;
}
