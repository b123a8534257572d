import type { Shape } from '../../api/client.ts';
import { type KnownSite, silentSince } from '../../app/health.ts';
import type { Tone } from '../../components/tone.tsx';
import { texts } from '../../texts.ts';

/** A server, with what is known of it: as a registered one, and of what it holds. */
export type KnownServer = {
  readonly server: Pick<Shape<'Server'>, 'iss' | 'relation' | 'blocked' | 'retired'>;
  readonly peer: Peer | undefined;
  readonly site: KnownSite | undefined;
};

type Peer = Pick<
  Shape<'Peer'>,
  'iss' | 'state' | 'paused' | 'heldBack' | 'inStep' | 'queuedTransfers' | 'lastAnswerAt' | 'rateBytesPerSecond'
> & { readonly heldBackReasons: readonly Pick<Shape<'Peer'>['heldBackReasons'][number], 'isFinal' | 'count'>[] };

/** A state by colour and word, and when it was heard of last where it is silent. */
export type ServerState = { readonly tone: Tone; readonly text: string; readonly silentSince?: string };

/** How it goes with a server, by what is known of it: what does not answer is tried again, and is no failure. */
export function stateOf({ server, peer, site }: KnownServer): ServerState {
  const { states } = texts.network;
  const { relation, blocked, retired } = server;
  if (blocked) return { tone: 'grey', text: states.blocked };
  if (retired) return { tone: 'grey', text: states.retired };
  if (peer !== undefined) return peerState(peer, site);
  if (relation === 'former') return { tone: 'grey', text: states.former };
  if (site === undefined) return { tone: 'grey', text: states.unknown };
  return siteState(site);
}

/** What a server that is not asked itself said that it holds; this one knows that of itself. */
export function siteState(site: KnownSite, peer?: Pick<Peer, 'state' | 'lastAnswerAt'>): ServerState {
  const { states } = texts.network;
  const silent = silentSince(site, peer);
  if (silent !== undefined) {
    if (silent.isAnswering) return { tone: 'grey', text: states.unsaid };
    return silent.at === null
      ? { tone: 'grey', text: states.neverHeard }
      : { tone: 'grey', text: states.notHeard, silentSince: silent.at };
  }
  return site.held < site.of ? { tone: 'amber', text: states.lacks(site.of - site.held) } : { tone: 'green', text: states.whole };
}

/** How it goes with reading it; where it was read to its end, what it says that it holds. What was refused for good needs a person. */
function peerState(peer: Peer, site: KnownSite | undefined): ServerState {
  const { states } = texts.network;
  const refused = peer.heldBackReasons.reduce((sum, { isFinal, count }) => sum + (isFinal ? count : 0), 0);
  if (refused > 0) return { tone: 'red', text: states.refused(refused) };
  if (peer.state === 'offline') return { tone: 'amber', text: states.retrying };
  if (peer.state === 'unknown') return { tone: 'grey', text: states.unknown };
  if (peer.heldBack > 0) return { tone: 'amber', text: states.heldBack(peer.heldBack) };
  if (peer.paused) return { tone: 'amber', text: states.paused };
  if (peer.queuedTransfers > 0) return { tone: 'blue', text: states.fetching(peer.queuedTransfers) };
  if (!peer.inStep) return { tone: 'blue', text: states.reading };
  const holding = site === undefined ? undefined : siteState(site, peer);
  // That it answers says nothing of what it holds: what is not told, or not loaded yet, is never green.
  if (holding === undefined) return { tone: 'grey', text: states.untold };
  return holding.tone === 'green' ? { tone: 'green', text: states.inStep } : holding;
}

/** A site as far as it is heard of: what one that does not answer said before counts no more. */
export const asHeard = <Site extends KnownSite>(site: Site, peer: Pick<Peer, 'state' | 'lastAnswerAt'> | undefined): Site =>
  silentSince(site, peer) === undefined ? site : { ...site, isHeard: false };

/** When a server was heard of last: by an answer to this one, or over others; null for never. */
export function lastHeardAt({ peer, site }: Omit<KnownServer, 'server'>): string | null {
  const times = [peer?.lastAnswerAt, site?.heardAt].filter((at): at is string => at != null).sort();
  return times.at(-1) ?? null;
}
