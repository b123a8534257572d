/** Bytes of a chunk; the last chunk of a blob is shorter. */
export const chunkSizeBytes = 1_048_576;

/** Chunks that one `ChunkVerified` event covers, aligned: 0..63, 64..127, … */
export const chunksPerGroup = 64;

/** Number of chunks of a blob of `sizeBytes`; 0 for an empty one. */
export function chunkCount(sizeBytes: number): number {
  return Math.ceil(sizeBytes / chunkSizeBytes);
}
