import { registrationEventCodec, registrationEvents } from '@odst/contracts/registration';
import { type BusMessage, type Reaction, readEvent, startReaction } from '@odst/event-bus';
import type { Brain } from '../app/brain.ts';
import type { ReactionDeps } from './reaction-deps.ts';

/**
 * Starts to carry profiles into the feed and to look at the registered peers when they change; the brain looks at them every minute
 * besides.
 */
export function startServersReaction(deps: ReactionDeps, brain: Pick<Brain, 'onRegistrationEvent'>): Promise<Reaction> {
  const take = async ({ event, position }: BusMessage) => {
    const known = readEvent(registrationEventCodec, event);
    if (known !== undefined) await brain.onRegistrationEvent(known, position);
  };
  return startReaction({
    ...deps,
    consumer: 'sync.servers',
    topics: [deps.bus.topicOf('registration')],
    on: Object.fromEntries(Object.keys(registrationEvents).map((name) => [name, take])),
  });
}
