import { catalogEventCodec, catalogEvents } from '@odst/contracts/catalog';
import { type BusMessage, type Reaction, readEvent, startReaction } from '@odst/event-bus';
import type { Brain } from '../app/brain.ts';
import type { ReactionDeps } from './reaction-deps.ts';

/**
 * Starts to carry catalog's events into the feed. The feed knows the position of each package's last event, so an event
 * that comes again changes nothing.
 */
export function startFeedReaction(deps: ReactionDeps, brain: Pick<Brain, 'onCatalogEvent'>): Promise<Reaction> {
  const project = async ({ event, key, position }: BusMessage) => {
    const known = readEvent(catalogEventCodec, event);
    if (known !== undefined) await brain.onCatalogEvent(known, key, position);
  };
  return startReaction({
    ...deps,
    consumer: 'sync.feed',
    topics: [deps.bus.topicOf('catalog')],
    on: Object.fromEntries(Object.keys(catalogEvents).map((name) => [name, project])),
  });
}
