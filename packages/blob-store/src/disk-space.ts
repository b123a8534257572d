/** Bytes of a volume. */
export type DiskUsage = {
  readonly totalBytes: number;
  /** What an unprivileged process may still use. */
  readonly freeBytes: number;
  readonly usedBytes: number;
};

/** The volume that the blobs are on, passed in so that tests make it full. */
export interface DiskSpace {
  /** Measures the volume now. */
  measure(): Promise<DiskUsage>;
}
