import type { RegistrationEvent } from '@odst/contracts/registration';
import { type Decider, OdstError } from '@odst/kernel';
import { checkStage, type ServerProfile, sameProfile } from './profile.ts';

/** Events of the stream `peer-<iss>`. */
export type PeerEvent = Extract<RegistrationEvent, { type: 'PeerRegistered' | 'PeerProfileChanged' | 'PeerUnregistered' }>;

/** On whose side an admin acted. */
export type Initiator = 'here' | 'peer';

/** Trusts the peer, which proved that it holds the private key; known already, it repairs. */
export type RegisterPeer = {
  readonly type: 'RegisterPeer';
  readonly iss: string;
  readonly profile: ServerProfile;
  /** Ed25519, 32 bytes; `iss` follows from it. */
  readonly publicKey: Uint8Array;
  /** Number for the peer, if it becomes a new one. */
  readonly newPeerId: number;
  readonly initiatedBy: Initiator;
};

/** Keeps what the peer told of itself. */
export type ChangePeerProfile = { readonly type: 'ChangePeerProfile'; readonly iss: string; readonly profile: ServerProfile };

/** Ends the trust; ended already, it does nothing. */
export type UnregisterPeer = { readonly type: 'UnregisterPeer'; readonly iss: string; readonly initiatedBy: Initiator };

export type PeerCommand = RegisterPeer | ChangePeerProfile | UnregisterPeer;

/** A server that is or was a peer; undefined for a stranger. */
export type PeerState =
  | undefined
  | {
      readonly registered: boolean;
      readonly peerId: number;
      readonly iss: string;
      readonly profile: ServerProfile;
      readonly publicKey: Uint8Array;
    };

function register(command: RegisterPeer, state: PeerState): readonly PeerEvent[] {
  const { iss, profile, publicKey, newPeerId, initiatedBy } = command;
  if (state === undefined || !state.registered) {
    return [{ type: 'PeerRegistered', data: { peerId: newPeerId, iss, ...profile, publicKey, initiatedBy } }];
  }
  return sameProfile(state.profile, profile) ? [] : [{ type: 'PeerProfileChanged', data: { iss, ...profile } }];
}

function changeProfile({ iss, profile }: ChangePeerProfile, state: PeerState): readonly PeerEvent[] {
  if (!state?.registered) throw new OdstError('REGISTRATION_PEER_UNKNOWN', `the server ${iss} is not registered here`, { iss });
  return sameProfile(state.profile, profile) ? [] : [{ type: 'PeerProfileChanged', data: { iss, ...profile } }];
}

/** The trust in one other server. */
export const peerDecider: Decider<PeerState, PeerCommand, PeerEvent> = {
  initialState: () => undefined,
  decide(command, state) {
    switch (command.type) {
      case 'RegisterPeer':
        return register(command, state);
      case 'ChangePeerProfile':
        return changeProfile(command, state);
      case 'UnregisterPeer': {
        if (!state?.registered) return [];
        const { peerId, iss } = state;
        return [{ type: 'PeerUnregistered', data: { peerId, iss, initiatedBy: command.initiatedBy } }];
      }
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'PeerRegistered': {
        const { peerId, iss, publicKey } = event.data;
        return { registered: true, peerId, iss, publicKey, profile: profileOf(event.data) };
      }
      case 'PeerProfileChanged':
        return state === undefined ? state : { ...state, profile: profileOf(event.data) };
      case 'PeerUnregistered':
        return state === undefined ? state : { ...state, registered: false };
    }
  },
};

function profileOf({ name, url, stage, firewalledMode }: Record<'name' | 'url' | 'stage', string> & { firewalledMode: boolean }) {
  return { name, url, stage: checkStage(stage, 'REGISTRATION_PEER_INVALID'), firewalledMode };
}

/** Stream of a peer. */
export const peerStream = (iss: string): string => `peer-${iss}`;
