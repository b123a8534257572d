/**
 * What was measured at one moment. Counters go on from the start of what counts: only the difference to the sample before says something,
 * and of one that is less than before, itself.
 */
export type SystemSample = {
  readonly at: Date;
  /** The machine that measured: counters of two are not compared. */
  readonly source: string;
  /** Counter of the machine: milliseconds in which its processors did something, together. */
  readonly cpuBusyMs: number;
  /** Counter of the machine: milliseconds of all its processors. */
  readonly cpuTotalMs: number;
  readonly memoryUsedBytes: number;
  readonly memoryTotalBytes: number;
  /** Of the volume of the packages, as are the others. */
  readonly diskUsedBytes: number;
  readonly diskFreeBytes: number;
  readonly diskTotalBytes: number;
  /** Of the verified contents of packages, those in the trash among them. */
  readonly heldBytes: number;
  /** Counter of the machine, over all interfaces but loopback; undefined where the system does not tell. */
  readonly networkReceivedBytes: number | undefined;
  readonly networkSentBytes: number | undefined;
  /** Counters of storage. */
  readonly traffic: Traffic;
};

/** Bytes of packages that storage took and gave. */
export type Traffic = {
  readonly uploadedBytes: number;
  readonly downloadedBytes: number;
  readonly syncReceivedBytes: number;
  readonly syncSentBytes: number;
};

/** How long samples are kept. */
export const samplesKeptMs = 48 * 3_600_000;

/** Samples of the last two days, one a minute whoever measures. */
export interface SystemSamples {
  /** Keeps a sample, unless there is one of its minute, and removes those that are too old. @throws OdstError COMMON_DATABASE_UNAVAILABLE */
  add(sample: SystemSample): Promise<void>;
  /** Those since then, the oldest first. @throws OdstError COMMON_DATABASE_UNAVAILABLE */
  list(since: Date): Promise<readonly SystemSample[]>;
}

/** The minute of a moment. */
export function minuteOf(at: Date): Date {
  return new Date(Math.floor(at.getTime() / 60_000) * 60_000);
}
