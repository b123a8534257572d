/** Publishes the committed events of one service. Disposing ends it after the batch under way and gives the lease back. */
export interface Relay extends AsyncDisposable {
  /**
   * When the oldest event was recorded that the bus does not have yet; undefined when there is none. Answers while the bus is
   * away, from what is known of it; also on replicas that do not publish.
   * @throws OdstError COMMON_DATABASE_UNAVAILABLE when the store cannot be read
   * @throws OdstError COMMON_SERVICE_UNAVAILABLE when the bus is away and was never asked before
   */
  oldestUnpublishedAt(): Promise<Date | undefined>;
  /**
   * Age of that event in seconds, by this machine's clock and never below 0; 0 when there is none. The metric
   * `odst_relay_oldest_age_seconds`.
   * @throws OdstError as `oldestUnpublishedAt`
   */
  oldestAgeSeconds(): Promise<number>;
}
