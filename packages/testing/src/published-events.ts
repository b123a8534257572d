import { subscribe } from 'node:diagnostics_channel';
import type { BusMessage } from '@odst/event-bus';
import type { EventValidator } from './event-validator.ts';

/** As @odst/event-bus names it; not imported, as this runs before every test file. */
const relayChannel = 'odst.relay.published';

/** The service that tests of buses, stores and projections play; its events are in no document. */
const playedService = /^org[.]odst[.]notes[.]/;

let published: BusMessage['event'][] = [];
let validator: Promise<EventValidator> | undefined;
let keeping = false;

/** Begins to keep what the relays of this process publish. Test files that share a process all say so: once is enough. */
export function keepPublications(): void {
  if (keeping) return;
  keeping = true;
  subscribe(relayChannel, (message) => {
    const { event } = message as BusMessage;
    if (!playedService.test(event.type)) published.push(event);
  });
}

/** Builds the validator of this version's document when the first event is there: most test files publish nothing. */
async function loadValidator(): Promise<EventValidator> {
  const [{ createEventValidator }, { asyncApiDocument }] = await Promise.all([
    import('./event-validator.ts'),
    import('@odst/contracts/asyncapi'),
  ]);
  return createEventValidator(asyncApiDocument());
}

/**
 * Holds what was published since the last call to the AsyncAPI document.
 * @throws Error that names each event that breaks it, and how
 */
export async function checkPublications(): Promise<void> {
  const events = published;
  published = [];
  if (events.length === 0) return;
  validator ??= loadValidator();
  const { problems } = await validator;
  const broken = events.flatMap((event) => problems(event).map((problem) => `${event.type} ${event.id}: ${problem}`));
  if (broken.length > 0) throw new Error(`published what the AsyncAPI document does not allow:\n${broken.join('\n')}`);
}
