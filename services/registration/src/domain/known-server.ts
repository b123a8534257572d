import type { RegistrationEvent } from '@odst/contracts/registration';
import type { Decider } from '@odst/kernel';
import { isNewer, newerOf, type SignedProfile, storedProfile } from './signed-profile.ts';

/** Events of the stream `server-<iss>`. */
export type KnownServerEvent = Extract<
  RegistrationEvent,
  { type: 'PeerRegistered' | 'PeerUnregistered' | 'ServerIntroduced' | 'ServerProfileChanged' }
>;

/** On whose side an admin acted. */
export type Initiator = 'here' | 'peer';

/** Exchanges directly with a server, which proved that it holds its private key; a peer already, it repairs. */
export type RegisterPeer = {
  readonly type: 'RegisterPeer';
  readonly profile: SignedProfile;
  /** Number for the peer, if it becomes a new one. */
  readonly newPeerId: number;
  readonly initiatedBy: Initiator;
};

/** Keeps a profile, whose signature was checked: the server's first one, or one that is newer. */
export type TakeProfile = {
  readonly type: 'TakeProfile';
  readonly profile: SignedProfile;
  /** The peer that told. */
  readonly fromIss: string;
};

/** Ends the exchange; ended already, it does nothing. */
export type UnregisterPeer = { readonly type: 'UnregisterPeer'; readonly iss: string; readonly initiatedBy: Initiator };

export type KnownServerCommand = RegisterPeer | TakeProfile | UnregisterPeer;

/**
 * How a server is known: `peer`: registered, both sides exchange directly; `introduced`: a peer passed its profile on; `former`: it
 * was a peer.
 */
export type Relation = 'peer' | 'introduced' | 'former';

/** Another server; undefined for a stranger. */
export type KnownServerState =
  | undefined
  | {
      readonly iss: string;
      readonly relation: Relation;
      readonly profile: SignedProfile;
      /** The last number that it had as a peer; 0 for one that never was. */
      readonly peerId: number;
      /** The peer that passed its profile on first; empty for a server that was registered without. */
      readonly introducedBy: string;
    };

function register(command: RegisterPeer, state: KnownServerState): readonly KnownServerEvent[] {
  const { profile, newPeerId, initiatedBy } = command;
  const { iss } = profile;
  if (state?.relation !== 'peer') {
    return [{ type: 'PeerRegistered', data: { peerId: newPeerId, iss, profile: newerOf(state?.profile, profile), initiatedBy } }];
  }
  return take({ type: 'TakeProfile', profile, fromIss: iss }, state);
}

function take({ profile, fromIss }: TakeProfile, state: KnownServerState): readonly KnownServerEvent[] {
  const data = { iss: profile.iss, profile, fromIss };
  if (state === undefined) return [{ type: 'ServerIntroduced', data }];
  return isNewer(profile, state.profile) ? [{ type: 'ServerProfileChanged', data }] : [];
}

/** What is known of one other server. */
export const knownServerDecider: Decider<KnownServerState, KnownServerCommand, KnownServerEvent> = {
  initialState: () => undefined,
  decide(command, state) {
    switch (command.type) {
      case 'RegisterPeer':
        return register(command, state);
      case 'TakeProfile':
        return take(command, state);
      case 'UnregisterPeer': {
        if (state?.relation !== 'peer') return [];
        const { peerId, iss } = state;
        return [{ type: 'PeerUnregistered', data: { peerId, iss, initiatedBy: command.initiatedBy } }];
      }
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'PeerRegistered': {
        const { iss, peerId } = event.data;
        const profile = storedProfile(event.data.profile);
        return { iss, relation: 'peer', profile, peerId, introducedBy: state?.introducedBy ?? '' };
      }
      case 'ServerIntroduced': {
        const { iss, fromIss } = event.data;
        return { iss, relation: 'introduced', profile: storedProfile(event.data.profile), peerId: 0, introducedBy: fromIss };
      }
      case 'ServerProfileChanged':
        return state === undefined ? state : { ...state, profile: storedProfile(event.data.profile) };
      case 'PeerUnregistered':
        return state === undefined ? state : { ...state, relation: 'former' };
    }
  },
};

/** Whether an event is one of another server. */
export function isOfKnownServer(event: RegistrationEvent): event is KnownServerEvent {
  const types: readonly string[] = ['PeerRegistered', 'PeerUnregistered', 'ServerIntroduced', 'ServerProfileChanged'];
  return types.includes(event.type);
}
