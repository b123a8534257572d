/** First turn of a manifest, 15 minutes; each that is used to its end makes the next one twice as long, up to a week. */
const firstTurnMs = 900_000;
const longestTurnMs = 604_800_000;

/** Which of several manifests of one SHA-256 is fetched now. */
export type Turn = {
  /** Of the content that has it. */
  readonly key: string;
  readonly endsAt: Date;
  readonly lengthMs: number;
};

/** One of several contents with one SHA-256 and different manifests: only one tells the truth, and nobody knows which. */
export type Contender = {
  readonly key: string;
  /** Whether it runs, or a source that answers can begin now. */
  readonly canRun: boolean;
  /** Whether bytes of it are here. They are lost when another one begins. */
  readonly hasProgress: boolean;
  /** Whether the manifest failed with each source that answers. */
  readonly isPutAside: boolean;
};

/**
 * Whose turn it is. One that comes on keeps it to its end, so that no other throws away what is here; one whose manifest failed loses it at
 * once. Turns grow, so that the true one ends in one of them, however slowly a false one is served.
 * @param contenders one at least, in the order of want
 */
export function nextTurn(contenders: readonly Contender[], turn: Turn | undefined, now: Date): Turn {
  const holder = contenders.findIndex(({ key }) => key === turn?.key);
  const holding = contenders[holder];
  const isOver = turn !== undefined && turn.endsAt <= now;
  const inTurn = [...contenders.slice(holder + 1), ...contenders.slice(0, holder + 1)];
  const promising = inTurn.find(({ canRun, isPutAside }) => canRun && !isPutAside);
  if (turn !== undefined && holding !== undefined && !isOver && keeps(holding, promising)) return turn;
  // Where only manifests that failed could be tried: not at the cost of what is here of another.
  const unspoilt = inTurn.find(({ hasProgress, isPutAside }) => hasProgress && !isPutAside);
  const next = promising ?? unspoilt ?? inTurn.find(({ canRun }) => canRun) ?? inTurn[0];
  if (next === undefined) throw new RangeError('a turn is for one content at least');
  const lengthMs = turn === undefined ? firstTurnMs : Math.min(isOver ? turn.lengthMs * 2 : turn.lengthMs, longestTurnMs);
  return { key: next.key, lengthMs, endsAt: new Date(now.getTime() + lengthMs) };
}

function keeps({ canRun, hasProgress, isPutAside }: Contender, promising: Contender | undefined): boolean {
  return (canRun || hasProgress) && !(isPutAside && promising !== undefined);
}
