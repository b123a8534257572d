import type { EventToAppend, RecordedEvent } from './event.ts';

/** An event as the domain sees it. */
export type DomainEvent<Type extends string = string, Data = unknown> = { readonly type: Type; readonly data: Data };

/** Between the domain's events and their stored form; upcasts old versions on the way in. */
export interface EventCodec<Event extends DomainEvent> {
  encode(event: Event): EventToAppend;
  /**
   * The domain event, upcast to the current version.
   * @throws OdstError COMMON_EVENT_UNKNOWN for a type or version that this program does not know
   */
  decode(recorded: Pick<RecordedEvent, 'type' | 'schemaVersion' | 'data'>): Event;
  /** Whether `decode` knows the type: readers skip what a newer program wrote. */
  knows(type: string): boolean;
}
