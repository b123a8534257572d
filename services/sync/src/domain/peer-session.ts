import type { SyncEvent } from '@odst/contracts/sync';
import type { Decider } from '@odst/kernel';

/** Whether a peer answers: the stream `peer-<iss>`. */
export type PeerSession = {
  /** `unknown` until the first answer or failure. */
  readonly reach: 'unknown' | 'online' | 'offline';
};

/** What became of an attempt to talk to a peer. */
export type PeerSessionCommand =
  /** The peer answered properly. */
  | { readonly type: 'NoteAnswer'; readonly peerIss: string }
  /** It did not, or not properly. `code` is one of the error register. */
  | { readonly type: 'NoteFailure'; readonly peerIss: string; readonly code: string; readonly reason: string }
  /** It is a peer no longer. */
  | { readonly type: 'ForgetPeer'; readonly peerIss: string };

/** Events of a peer's session: only changes of state are written down, however often it is tried. */
export type PeerSessionEvent = Extract<SyncEvent, { readonly type: 'PeerWentOffline' | 'PeerCameOnline' }>;

/** Stream of a peer's session. */
export function peerStream(peerIss: string): string {
  return `peer-${peerIss}`;
}

/** Decides whether an attempt changed what is known of a peer. */
export const peerSession: Decider<PeerSession, PeerSessionCommand, PeerSessionEvent> = {
  initialState: () => ({ reach: 'unknown' }),
  decide(command, state) {
    const { peerIss } = command;
    switch (command.type) {
      case 'NoteAnswer':
        return state.reach === 'online' ? [] : [{ type: 'PeerCameOnline', data: { peerIss } }];
      case 'NoteFailure':
        return state.reach === 'offline' ? [] : [wentOffline(peerIss, command.code, command.reason)];
      case 'ForgetPeer':
        return state.reach === 'online' ? [wentOffline(peerIss, 'REGISTRATION_PEER_UNKNOWN', 'it is a peer no longer')] : [];
    }
  },
  evolve: (_state, event) => ({ reach: event.type === 'PeerCameOnline' ? 'online' : 'offline' }),
};

function wentOffline(peerIss: string, code: string, reason: string): PeerSessionEvent {
  return { type: 'PeerWentOffline', data: { peerIss, code, reason } };
}
