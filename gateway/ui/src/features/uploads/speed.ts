/** Speeds are told over this long. */
const windowMs = 5_000;

/** Tells how fast a number of bytes grows. */
export type Speed = {
  /** Bytes a second, over the last seconds. @param bytes so far @param nowMs of a clock that never goes back */
  after(bytes: number, nowMs: number): number;
};

/** Begins to look at a number of bytes. */
export function createSpeed(): Speed {
  const samples: { readonly atMs: number; readonly bytes: number }[] = [];
  return {
    after(bytes, nowMs) {
      samples.push({ atMs: nowMs, bytes });
      while (samples.length > 2 && nowMs - (samples[0]?.atMs ?? nowMs) > windowMs) samples.shift();
      const [first] = samples;
      if (first === undefined || nowMs === first.atMs) return 0;
      return Math.max(((bytes - first.bytes) * 1_000) / (nowMs - first.atMs), 0);
    },
  };
}
