import type { DeadLetterDesks, DeadLetters, EventBus, Inbox } from '@odst/event-bus';
import type { Logger } from '@odst/telemetry';

/** What every reaction runs on. */
export type ReactionDeps = {
  readonly bus: EventBus;
  readonly inbox: Inbox;
  readonly deadLetters: DeadLetters;
  readonly desks: DeadLetterDesks;
  readonly logger: Logger;
};
