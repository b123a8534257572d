import type { Bitmap } from '@odst/kernel';

/** Chunks that one request asks for, `end` exclusive. */
export type ChunkRun = { readonly start: number; readonly end: number };

/**
 * Cuts what is missing of a blob into runs, ascending, so that the file's digest can follow close behind.
 * @param longest most chunks of one run
 */
export function planRuns(verified: Bitmap, longest: number): readonly ChunkRun[] {
  const runs: ChunkRun[] = [];
  for (const chunk of verified.missing()) {
    const last = runs.at(-1);
    if (last !== undefined && last.end === chunk && chunk - last.start < longest)
      runs[runs.length - 1] = { start: last.start, end: chunk + 1 };
    else runs.push({ start: chunk, end: chunk + 1 });
  }
  return runs;
}
