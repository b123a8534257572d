import type { BusMessage } from '../event-bus.ts';

/**
 * What a reaction does for one event: an idempotent effect, as a command with `reactionMetadata`. It throws when the
 * message shall come again. A refusal by the business is a result, not an error: a step catches it.
 */
export type ReactionStep = (message: BusMessage) => Promise<void>;
