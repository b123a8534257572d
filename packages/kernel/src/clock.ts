/** The time, passed in wherever time is needed, so that tests and the simulation set it. */
export interface Clock {
  /** Now. Millisecond resolution; may step backwards, as clocks of machines do. */
  now(): Date;
}
