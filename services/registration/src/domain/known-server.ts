import type { RegistrationEvent } from '@odst/contracts/registration';
import { type Decider, OdstError, type Stage } from '@odst/kernel';
import { checkStage } from './profile.ts';
import { isNewerRetirement, isRetired, type SignedRetirement } from './retirement.ts';
import { isNewer, newerOf, type SignedProfile, storedProfile } from './signed-profile.ts';

const eventTypes = [
  'PeerRegistered',
  'PeerUnregistered',
  'PeerSettingsChanged',
  'ServerIntroduced',
  'ServerProfileChanged',
  'ServerBlocked',
  'ServerUnblocked',
  'ServerRetired',
  'ServerReturned',
] as const;

/** Events of the stream `server-<iss>`. */
export type KnownServerEvent = Extract<RegistrationEvent, { type: (typeof eventTypes)[number] }>;

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

/** Changes what is taken from a peer; what is undefined stays. */
export type ChangePeerSettings = { readonly type: 'ChangePeerSettings' } & Partial<PeerSettings>;

/** Takes nothing more of what a server signs, and ends the exchange with it; blocked already, it does nothing. */
export type BlockServer = {
  readonly type: 'BlockServer';
  /** What is known of it: this server's own identity of before has no stream as another server. */
  readonly profile: SignedProfile;
};

/** Takes again what a server signs; it does not become a peer by that. */
export type UnblockServer = { readonly type: 'UnblockServer' };

/** Keeps that an admin here said of a server that it is gone for good; retired already, it does nothing. */
export type RetireServer = { readonly type: 'RetireServer' } & Retirement;

/** Keeps that an admin of any server said so, which was checked: where it is newer than what is known of the server. */
export type TakeRetirement = { readonly type: 'TakeRetirement' } & Retirement;

type Retirement = {
  readonly retirement: SignedRetirement;
  /** What is known of it: this server's own identity of before has no stream as another server. Default nothing */
  readonly known?: Pick<NonNullable<KnownServerState>, 'profile' | 'retirement'>;
};

export type KnownServerCommand =
  | RegisterPeer
  | TakeProfile
  | UnregisterPeer
  | ChangePeerSettings
  | BlockServer
  | UnblockServer
  | RetireServer
  | TakeRetirement;

/**
 * How a server is known: `peer`: registered, both sides exchange directly; `introduced`: a peer passed its profile on; `former`: it
 * was a peer.
 */
export type Relation = 'peer' | 'introduced' | 'former';

/** What an admin sets of a peer. It stays when the peer is unregistered and counts again when it is registered anew. */
export type PeerSettings = {
  /** The highest stage that changes may set: its own, and those that it relays of servers that are no peers. Default Prod */
  readonly stageCap: Stage;
  /** Whether profiles that it relays of other servers are taken. Default true */
  readonly introduces: boolean;
};

/** Another server; undefined for a stranger. */
export type KnownServerState =
  | undefined
  | (PeerSettings & {
      readonly iss: string;
      readonly relation: Relation;
      readonly profile: SignedProfile;
      /** The last number that it had as a peer; 0 for one that never was. */
      readonly peerId: number;
      /** The peer that passed its profile on first; empty for a server that was registered without. */
      readonly introducedBy: string;
      /** Whether nothing more of what it signs is taken. */
      readonly blocked: boolean;
      /** That it is gone for good, as was said last, whether that still counts or not; undefined where nobody said so. */
      readonly retirement: SignedRetirement | undefined;
    });

/** What is so of a server of which no admin said anything. */
export const unsetSettings = { stageCap: 'Prod', introduces: true, blocked: false, retirement: undefined } as const;

function register(command: RegisterPeer, state: KnownServerState): readonly KnownServerEvent[] {
  const { profile, newPeerId, initiatedBy } = command;
  const { iss } = profile;
  refuseBlocked(state);
  if (state?.relation !== 'peer') {
    const newest = newerOf(state?.profile, profile);
    const registered = { type: 'PeerRegistered', data: { peerId: newPeerId, iss, profile: newest, initiatedBy } } as const;
    return [registered, ...returned(state, newest)];
  }
  return take({ type: 'TakeProfile', profile, fromIss: iss }, state);
}

function take({ profile, fromIss }: TakeProfile, state: KnownServerState): readonly KnownServerEvent[] {
  const data = { iss: profile.iss, profile, fromIss };
  if (state === undefined) return [{ type: 'ServerIntroduced', data }];
  if (!isNewer(profile, state.profile)) return [];
  refuseBlocked(state);
  return [{ type: 'ServerProfileChanged', data }, ...returned(state, profile)];
}

/** A server that was retired lives, where it has a later profile. */
function returned(state: KnownServerState, profile: SignedProfile): readonly KnownServerEvent[] {
  if (state?.retirement === undefined || !isRetired(state.retirement, state.profile)) return [];
  const { iss, retirement } = state;
  return isRetired(retirement, profile) ? [] : [{ type: 'ServerReturned', data: { iss, retirement } }];
}

function retire({ retirement, known }: Retirement, state: KnownServerState): readonly KnownServerEvent[] {
  const before = state ?? known;
  if (before === undefined || !isRetired(retirement, before.profile)) return [];
  if (!isNewerRetirement(retirement, before.retirement)) return [];
  return [{ type: 'ServerRetired', data: { iss: retirement.iss, retirement } }];
}

/** @throws OdstError REGISTRATION_SERVER_IS_PEER */
export function refusePeer(state: KnownServerState): void {
  if (state?.relation !== 'peer') return;
  const { iss, peerId, profile } = state;
  const advice = `unregister it first (odst peers unregister ${peerId} --yes)`;
  throw new OdstError('REGISTRATION_SERVER_IS_PEER', `${profile.name} is a peer of this server: ${advice}`, { iss, peerId });
}

function unregister(state: KnownServerState, initiatedBy: Initiator): readonly KnownServerEvent[] {
  if (state?.relation !== 'peer') return [];
  const { peerId, iss } = state;
  return [{ type: 'PeerUnregistered', data: { peerId, iss, initiatedBy } }];
}

function change(command: ChangePeerSettings, state: KnownServerState): readonly KnownServerEvent[] {
  if (state?.relation !== 'peer') throw new OdstError('REGISTRATION_PEER_UNKNOWN', 'it is a peer no longer');
  const { peerId, iss } = state;
  const { stageCap = state.stageCap, introduces = state.introduces } = command;
  if (stageCap === state.stageCap && introduces === state.introduces) return [];
  return [{ type: 'PeerSettingsChanged', data: { peerId, iss, stageCap, introduces } }];
}

function block({ profile }: BlockServer, state: KnownServerState): readonly KnownServerEvent[] {
  if (state?.blocked === true) return [];
  const data = { iss: profile.iss, profile: newerOf(state?.profile, profile) };
  return [...unregister(state, 'here'), { type: 'ServerBlocked', data }];
}

function unblock(state: KnownServerState): readonly KnownServerEvent[] {
  if (state?.blocked !== true) return [];
  return [{ type: 'ServerUnblocked', data: { iss: state.iss, profile: state.profile } }];
}

/** @throws OdstError REGISTRATION_SERVER_BLOCKED for a server that is blocked */
export function refuseBlocked(state: KnownServerState): void {
  if (state?.blocked !== true) return;
  throw new OdstError('REGISTRATION_SERVER_BLOCKED', `the server ${state.profile.name} (${state.iss}) is blocked here`, {
    iss: state.iss,
  });
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
      case 'UnregisterPeer':
        return unregister(state, command.initiatedBy);
      case 'ChangePeerSettings':
        return change(command, state);
      case 'BlockServer':
        return block(command, state);
      case 'UnblockServer':
        return unblock(state);
      case 'RetireServer':
        refusePeer(state);
        return retire(command, state);
      case 'TakeRetirement':
        return retire(command, state);
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'PeerRegistered': {
        const { iss, peerId } = event.data;
        const profile = storedProfile(event.data.profile);
        return { ...unsetSettings, introducedBy: '', ...state, iss, relation: 'peer', profile, peerId };
      }
      case 'ServerIntroduced': {
        const { iss, fromIss } = event.data;
        const profile = storedProfile(event.data.profile);
        return { ...unsetSettings, iss, relation: 'introduced', profile, peerId: 0, introducedBy: fromIss };
      }
      case 'ServerProfileChanged':
        return state === undefined ? state : { ...state, profile: storedProfile(event.data.profile) };
      case 'PeerUnregistered':
        return state === undefined ? state : { ...state, relation: 'former' };
      case 'PeerSettingsChanged': {
        const { introduces } = event.data;
        return state === undefined ? state : { ...state, introduces, stageCap: storedStage(event.data.stageCap) };
      }
      case 'ServerBlocked': {
        const { iss } = event.data;
        const unknown = { ...unsetSettings, iss, relation: 'former' as const, peerId: 0, introducedBy: '' };
        return { ...(state ?? unknown), profile: storedProfile(event.data.profile), blocked: true };
      }
      case 'ServerUnblocked':
        return state === undefined ? state : { ...state, blocked: false };
      case 'ServerRetired':
        return state === undefined ? state : { ...state, retirement: event.data.retirement };
      case 'ServerReturned':
        // That follows from the profile.
        return state;
    }
  },
};

const storedStage = (stage: string): Stage => checkStage(stage, 'REGISTRATION_SETTING_INVALID');

/** Whether an event is one of another server. */
export function isOfKnownServer(event: RegistrationEvent): event is KnownServerEvent {
  return eventTypes.some((type) => type === event.type);
}
