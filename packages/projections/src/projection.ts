import type { RecordedEvent } from '@odst/event-store';
import type { ClientBase } from 'pg';

/** The transaction that takes a projection's rows and its checkpoint. Its search path is the projection's schema. */
export type ProjectionTransaction = Pick<ClientBase, 'query'>;

/**
 * A read model: rows that follow from events and from nothing else. It reads no clock, no random value and no foreign table,
 * so that it can be built anew at any time and comes out the same.
 */
export interface Projection {
  /** Unique among the services, kebab-case; never changed. */
  readonly name: string;
  /**
   * Version of its rules and tables, from 1. At the first start of another one, its rows are built from the first event beside
   * those of the version before, which are read until then and no longer written by it; so migrations leave them readable.
   */
  readonly version: number;
  /**
   * The tables that it alone writes, without their schema: exchanged by a rebuild. A migration marks each with the comment `projection: <name>`; they have no sequence, trigger, foreign key or view. Default none.
   */
  readonly tables?: readonly string[];
  /**
   * Writes what follows from an event. Tables are named without a schema, so that a rebuild can aim it at others. Events that
   * it does not know are left out. What it throws rolls the batch back and brings the event again.
   */
  apply(transaction: ProjectionTransaction, event: RecordedEvent): Promise<void>;
  /** The same for several events in their order; called instead of `apply` where it is there. */
  applyBatch?(transaction: ProjectionTransaction, events: readonly RecordedEvent[]): Promise<void>;
}
