import { type Reaction, startReaction } from '@odst/event-bus';
import type { Brain } from '../app/brain.ts';
import type { ReactionDeps } from './reaction-deps.ts';

/** Starts to look at the registered peers when they change; the brain looks at them every minute besides. */
export function startPeersReaction(deps: ReactionDeps, brain: Pick<Brain, 'onPeersChanged'>): Promise<Reaction> {
  const look = async () => brain.onPeersChanged();
  return startReaction({
    ...deps,
    consumer: 'sync.peers',
    topics: [deps.bus.topicOf('registration')],
    on: { PeerRegistered: look, PeerProfileChanged: look, PeerUnregistered: look },
  });
}
