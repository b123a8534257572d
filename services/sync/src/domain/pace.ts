/** How long back the pace looks. */
const windowMs = 10_000;

/** Between two marks that are kept: 21 at most. */
const leastGapMs = 500;

type Mark = { readonly atMs: number; readonly bytes: bigint };

/** How fast bytes come, over the last ten seconds. */
export interface Pace {
  /** So many bytes are here. What was there at first did not come now. */
  mark(bytes: bigint, now: Date): void;
  /** Bytes in a second; 0 before there is anything to tell it from. */
  bytesPerSecond(now: Date): bigint;
}

/** Builds one. */
export function createPace(): Pace {
  let marks: Mark[] = [];
  return {
    mark(bytes, now) {
      const atMs = now.getTime();
      const last = marks.at(-1);
      // The first report of a fetch comes before it knows what is there.
      if (bytes === 0n || (last !== undefined && atMs - last.atMs < leastGapMs)) return;
      marks = [...marks.filter((mark) => atMs - mark.atMs <= windowMs), { atMs, bytes }];
    },
    bytesPerSecond(now) {
      const nowMs = now.getTime();
      const [first] = marks.filter(({ atMs }) => nowMs - atMs <= windowMs);
      const last = marks.at(-1);
      if (first === undefined || last === undefined || nowMs <= first.atMs) return 0n;
      return ((last.bytes - first.bytes) * 1_000n) / BigInt(nowMs - first.atMs);
    },
  };
}
