import type { Shape } from '../../api/client.ts';
import type { Tone } from '../../components/tone.tsx';
import { texts } from '../../texts.ts';

type Server = Shape<'Server'>;
type Peer = Shape<'Peer'>;

/** How it goes with a server, by what is known of it: what does not answer is tried again, and is no failure. */
export function stateOf({ relation, blocked, retired }: Server, peer: Peer | undefined): { tone: Tone; text: string } {
  const { states } = texts.network;
  if (relation === 'self') return { tone: 'green', text: states.self };
  if (blocked) return { tone: 'grey', text: states.blocked };
  if (retired) return { tone: 'grey', text: states.retired };
  if (peer === undefined) return { tone: 'grey', text: relation === 'former' ? states.former : states.introduced };
  if (peer.heldBack > 0) return { tone: 'amber', text: states.heldBack(peer.heldBack) };
  if (peer.state === 'offline') return { tone: 'amber', text: states.retrying };
  if (peer.state === 'unknown') return { tone: 'grey', text: states.unknown };
  if (peer.inStep && peer.queuedTransfers === 0) return { tone: 'green', text: states.inStep };
  return { tone: 'blue', text: peer.queuedTransfers > 0 ? states.fetching(peer.queuedTransfers) : states.reading };
}
