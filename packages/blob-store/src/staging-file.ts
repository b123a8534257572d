/** A file that grows until it is published as a blob. Closed by disposing, which keeps it. */
export interface StagingFile extends AsyncDisposable {
  readonly id: string;
  /** Length of the file when it was opened: 0 for a new one. */
  readonly openedSizeBytes: number;
  /**
   * Writes all of `bytes` at `position`, in place. Writes at different positions may run at once, in any order.
   * @throws OdstError STORAGE_DISK_FULL when the volume has no room for them
   */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Fills `into` from `position`; returns how many bytes there were. */
  read(into: Uint8Array, position: number): Promise<number>;
  /**
   * Resolves when all finished writes survive a crash.
   * @throws OdstError STORAGE_DISK_FULL when the volume has no room for them
   */
  sync(): Promise<void>;
}
