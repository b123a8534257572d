import type { EventStore } from '../event-store.ts';

/** An empty store of one test, made by the adapter that the suite runs against. */
export type EventStoreFixture<Transaction = unknown> = {
  readonly store: EventStore<Transaction>;
  /** A second store on the same data, as another process would have it. Default: there is none. */
  readonly another?: () => EventStore<Transaction>;
  /** Rows that the tests write with `alongside`. */
  readonly notes: {
    write(transaction: Transaction, note: string): Promise<void>;
    /** The committed ones. */
    read(): Promise<readonly string[]>;
  };
  /** Ends the stores and removes their data. */
  readonly dispose: () => Promise<void>;
};

/** Opens the fixture of the running test, which is disposed after it. */
export type OpenStore<Transaction> = () => Promise<EventStoreFixture<Transaction>>;
