import type { SyncEvent } from '@odst/contracts/sync';
import type { Decider } from '@odst/kernel';
import type { Comparison, Difference, DifferenceCounts } from './comparison.ts';
import { plainText } from './held-change.ts';

/** Whether a peer answers: the stream `peer-<iss>`. */
export type PeerSession = {
  /** `unknown` until the first answer or failure. */
  readonly reach: 'unknown' | 'online' | 'offline';
  /** How many packages differed still, for each reason, when that was last written down. */
  readonly differs: Differs;
};

type Differs = Pick<DifferenceCounts, 'heldBack' | 'lacking' | 'unexplained'>;

/** What became of an attempt to talk to a peer. */
export type PeerSessionCommand =
  /** The peer answered properly. */
  | { readonly type: 'NoteAnswer'; readonly peerIss: string }
  /** It did not, or not properly. `code` is one of the error register. */
  | { readonly type: 'NoteFailure'; readonly peerIss: string; readonly code: string; readonly reason: string }
  /** What both have was compared. */
  | { readonly type: 'NoteComparison'; readonly peerIss: string; readonly comparison: Comparison }
  /** It is a peer no longer. */
  | { readonly type: 'ForgetPeer'; readonly peerIss: string };

/** Events of a peer's session: only changes of state are written down, however often it is tried. */
export type PeerSessionEvent = Extract<
  SyncEvent,
  { readonly type: 'PeerWentOffline' | 'PeerCameOnline' | 'PeerDifferencesChanged' }
>;

/** Packages that an event names. */
const mostExamples = 5;

const nothing: Differs = { heldBack: 0, lacking: 0, unexplained: 0 };

/** Stream of a peer's session. */
export function peerStream(peerIss: string): string {
  return `peer-${peerIss}`;
}

/** Decides whether an attempt changed what is known of a peer. */
export const peerSession: Decider<PeerSession, PeerSessionCommand, PeerSessionEvent> = {
  initialState: () => ({ reach: 'unknown', differs: nothing }),
  decide(command, state) {
    const { peerIss } = command;
    switch (command.type) {
      case 'NoteAnswer':
        return state.reach === 'online' ? [] : [{ type: 'PeerCameOnline', data: { peerIss } }];
      case 'NoteFailure':
        return state.reach === 'offline' ? [] : [wentOffline(peerIss, command.code, command.reason)];
      case 'NoteComparison':
        return comparisonEvents(peerIss, command.comparison, state);
      case 'ForgetPeer':
        return state.reach === 'online' ? [wentOffline(peerIss, 'REGISTRATION_PEER_UNKNOWN', 'it is a peer no longer')] : [];
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'PeerCameOnline':
        return { ...state, reach: 'online' };
      case 'PeerWentOffline':
        return { ...state, reach: 'offline' };
      case 'PeerDifferencesChanged':
        return { ...state, differs: differsOf(event.data) };
    }
  },
};

/** One that finds what the one before found, and repairs nothing, is no news; nor is one of which nothing came. */
function comparisonEvents(peerIss: string, comparison: Comparison, { differs }: PeerSession): readonly PeerSessionEvent[] {
  const { packages, differed, repaired, outcome, examples } = comparison;
  if (outcome === 'unsupported' || outcome === 'failed') return [];
  const now = differsOf(comparison);
  const isSame = now.heldBack === differs.heldBack && now.lacking === differs.lacking && now.unexplained === differs.unexplained;
  if (isSame && repaired === 0) return [];
  const data = { peerIss, packages, differed, repaired, ...now, examples: examples.slice(0, mostExamples).map(shortened) };
  return [{ type: 'PeerDifferencesChanged', data }];
}

/** An event has a bounded size, whatever peers wrote. */
function shortened({ filename, outcome, reason }: Difference): Difference {
  return { filename: plainText(filename, 255), outcome, reason: plainText(reason, 200) };
}

function differsOf({ heldBack, lacking, unexplained }: Differs): Differs {
  return { heldBack, lacking, unexplained };
}

function wentOffline(peerIss: string, code: string, reason: string): PeerSessionEvent {
  return { type: 'PeerWentOffline', data: { peerIss, code, reason } };
}
