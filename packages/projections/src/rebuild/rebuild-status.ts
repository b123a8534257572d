/** How a rebuild is, or how it ended. */
export type RebuildStatus = {
  /**
   * `running`; `done`: its tables are the live ones; `failed`: see `error`; `interrupted`: its process ended. The live tables are
   * the same as before after the last two, and what lay beside them is removed.
   */
  readonly state: 'running' | 'done' | 'failed' | 'interrupted';
  /** Position of the last event whose rows are in the tables beside the live ones. */
  readonly position: bigint;
  readonly startedAt: Date;
  /** When a batch was committed last, or when it ended. */
  readonly updatedAt: Date;
  /** On average since the start; undefined before the first batch. */
  readonly eventsPerSecond: number | undefined;
  /** At that rate, for the events that there are now; undefined when it does not run, or before the first batch. */
  readonly remainingSeconds: number | undefined;
  /** Why it failed; else empty. */
  readonly error: string;
};

/** How a projection is. */
export type ProjectionStatus = {
  readonly name: string;
  /** Of its rules and tables. */
  readonly version: number;
  /** Position of the last event whose rows are in the live tables. */
  readonly position: bigint;
  /** Position of the last event that there is. */
  readonly lastPosition: bigint;
  /** Events that the live tables do not show yet. */
  readonly lag: bigint;
  /**
   * `live`; `failing`: an event is tried again; `rebuilding`, in which the live tables go on; or `outdated`: the tables are of another
   * version and wait for their rebuild.
   */
  readonly state: 'live' | 'failing' | 'rebuilding' | 'outdated';
  /** Why it fails or is outdated, as told by the process that is asked; else empty. */
  readonly failure: string;
  /** The last rebuild; undefined where there was none. */
  readonly rebuild: RebuildStatus | undefined;
};
