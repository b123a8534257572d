/** A real Kafka broker of the tests. Disposing ends it. */
export interface KafkaBroker extends AsyncDisposable {
  /** `host:port`, as KAFKA_BROKERS takes it. */
  readonly brokers: string;
  /** What ends it from outside, when whoever started it is gone. */
  readonly runsAs: { readonly pid: number } | { readonly container: string };
  /** Resolves with the reason when what was started last has ended, whoever ended it. */
  readonly ended: Promise<string>;
  /** SIGKILL, and waits for the end: nothing is flushed, as when the machine fails. */
  kill(): Promise<void>;
  /** Starts it again on the same data and port, and waits until it takes connections. */
  restart(): Promise<void>;
  /** SIGSTOP: connections stay open and nobody answers. */
  freeze(): Promise<void>;
  /** Lets it go on after {@link freeze}. */
  thaw(): Promise<void>;
}
