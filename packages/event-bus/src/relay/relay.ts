/** Publishes the committed events of one service. Disposing ends it after the batch under way and gives the lease back. */
export interface Relay extends AsyncDisposable {
  /**
   * When the oldest event was recorded that the bus does not have yet; undefined when there is none. Its age is the
   * metric `odst_relay_oldest_age_seconds`.
   * @throws OdstError COMMON_DATABASE_UNAVAILABLE when the store cannot be read
   */
  oldestUnpublishedAt(): Promise<Date | undefined>;
}
