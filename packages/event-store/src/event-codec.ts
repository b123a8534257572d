import type { EventToAppend, RecordedEvent } from './event.ts';

/** An event as the domain sees it. */
export type DomainEvent<Type extends string = string, Data = unknown> = { readonly type: Type; readonly data: Data };

/** Between the domain's events and their stored form; upcasts old versions on the way in. */
export interface EventCodec<Event extends DomainEvent> {
  /** @throws OdstError COMMON_EVENT_TOO_LARGE for a payload over the limit of its type */
  encode(event: Event): EventToAppend;
  /**
   * The domain event, upcast to the current version.
   * @throws OdstError COMMON_EVENT_UNKNOWN for a type or version that this program does not know
   */
  decode(recorded: Pick<RecordedEvent, 'type' | 'schemaVersion' | 'data'>): Event;
  /**
   * Whether `decode` knows the type in some version. Who decides on what a stream holds leaves out other types, but stops at a
   * newer version of one that it knows: that is a fact which it would miss.
   */
  knows(type: string): boolean;
  /** Whether `decode` takes the event: readers pass over types and versions that a newer program wrote. */
  reads(recorded: Pick<RecordedEvent, 'type' | 'schemaVersion'>): boolean;
}
