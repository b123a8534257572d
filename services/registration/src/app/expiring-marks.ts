/** Marks that count until a time, in memory. Of too many the oldest are dropped. */
export interface ExpiringMarks {
  /** Milliseconds since 1970 until which a mark counts; 0 for one that does not. */
  untilMs(mark: string, nowMs: number): number;
  has(mark: string, nowMs: number): boolean;
  add(mark: string, untilMs: number, nowMs: number): void;
}

/** Builds it without any. @param most how many are kept */
export function createExpiringMarks(most: number): ExpiringMarks {
  const marks = new Map<string, number>();
  const untilMs = (mark: string, nowMs: number) => {
    const until = marks.get(mark) ?? 0;
    return until > nowMs ? until : 0;
  };
  return {
    untilMs,
    has: (mark, nowMs) => untilMs(mark, nowMs) > 0,
    add(mark, until, nowMs) {
      marks.delete(mark);
      // All last about as long, so those that are over stand in front.
      for (const [oldest, oldUntil] of marks) {
        if (oldUntil > nowMs && marks.size < most) break;
        marks.delete(oldest);
      }
      marks.set(mark, until);
    },
  };
}
