import type { RegistrationEvent } from '@odst/contracts/registration';
import { type Decider, OdstError } from '@odst/kernel';
import { changedPolicy, firstPolicy, type Policy, samePolicy } from './policy.ts';
import { checkBaseUrl, checkName, checkStage, type ServerProfile } from './profile.ts';
import { isNewerRetirement, isRetired, type SignedRetirement } from './retirement.ts';
import { type SignedProfile, storedProfile } from './signed-profile.ts';

/** Events of the stream `server-<iss>`. */
export type ServerEvent = Extract<
  RegistrationEvent,
  {
    type:
      | 'ServerInitialized'
      | 'ServerSettingsChanged'
      | 'ServerPolicyChanged'
      | 'KeyRotated'
      | 'ServerRetired'
      | 'ServerReturned';
  }
>;

/** Gives the server its identity, once. */
export type InitializeServer = {
  readonly type: 'InitializeServer';
  /** The first settings, as this server signed them. */
  readonly profile: SignedProfile;
  /** Default that of a new server. */
  readonly policy?: Policy;
  readonly keySecretId: string;
  readonly privateKeySecretId: string;
};

/** Keeps settings; what is undefined stays. */
export type ChangeSettings = {
  readonly type: 'ChangeSettings';
  /** As this server signed it. */
  readonly profile?: SignedProfile | undefined;
  readonly policy?: Policy | undefined;
};

/** Changes the invitation key. */
export type RotateKey = {
  readonly type: 'RotateKey';
  /** Of the new key. */
  readonly keySecretId: string;
};

/** Keeps that an admin elsewhere said that this server is gone for good: what it signs next says that it is not. */
export type NoteRetirement = { readonly type: 'NoteRetirement'; readonly retirement: SignedRetirement };

export type ServerCommand = InitializeServer | ChangeSettings | RotateKey | NoteRetirement;

/** Settings as they come from an admin or from the environment; what is undefined stays. */
export type NewSettings = {
  readonly name?: string | undefined;
  /** Empty only at the first start, where nobody set one: peers cannot be registered until somebody does. */
  readonly url?: string | undefined;
  readonly stage?: string | undefined;
  readonly firewalledMode?: boolean | undefined;
};

/** This server; undefined before its first start. */
export type ServerState =
  | undefined
  | {
      readonly iss: string;
      readonly profile: SignedProfile;
      readonly policy: Policy;
      readonly keySecretId: string;
      readonly privateKeySecretId: string;
      /** That it is gone for good, as an admin elsewhere said last, whether that still counts or not. */
      readonly retirement: SignedRetirement | undefined;
    };

const code = 'REGISTRATION_SETTING_INVALID';

/** The first settings, checked. @throws OdstError REGISTRATION_SETTING_INVALID with a pointer to what is wrong */
export function firstSettings(values: Omit<ServerProfile, 'stage'> & { readonly stage: string }): ServerProfile {
  const { name, url, stage, firewalledMode } = values;
  return {
    name: checkName(name, code),
    url: url === '' ? '' : checkBaseUrl(url, code),
    stage: checkStage(stage, code),
    firewalledMode,
  };
}

/** The settings after a change, checked. @throws OdstError REGISTRATION_SETTING_INVALID with a pointer to what is wrong */
export function changedSettings(present: ServerProfile, changes: NewSettings): ServerProfile {
  const { name, url, stage, firewalledMode } = changes;
  return {
    name: name === undefined ? present.name : checkName(name, code),
    url: url === undefined ? present.url : checkBaseUrl(url, code),
    stage: stage === undefined ? present.stage : checkStage(stage, code),
    firewalledMode: firewalledMode ?? present.firewalledMode,
  };
}

/** The identity and settings of this server. */
export const serverDecider: Decider<ServerState, ServerCommand, ServerEvent> = {
  initialState: () => undefined,
  decide(command, state) {
    if (command.type === 'InitializeServer') {
      if (state !== undefined) return [];
      const { profile, policy = firstPolicy, keySecretId, privateKeySecretId } = command;
      const { iss } = profile;
      return [
        { type: 'ServerInitialized', data: { iss, profile, keySecretId, privateKeySecretId } },
        ...policyChanged(iss, firstPolicy, policy),
      ];
    }
    if (state === undefined) throw new OdstError('COMMON_SERVICE_UNAVAILABLE', 'the server has no identity yet');
    const { iss } = state;
    switch (command.type) {
      case 'ChangeSettings': {
        const { profile, policy = state.policy } = command;
        return [...(profile === undefined ? [] : profileChanged(state, profile)), ...policyChanged(iss, state.policy, policy)];
      }
      case 'NoteRetirement': {
        const { retirement } = command;
        if (!isRetired(retirement, state.profile) || !isNewerRetirement(retirement, state.retirement)) return [];
        return [{ type: 'ServerRetired', data: { iss, retirement } }];
      }
      case 'RotateKey':
        return [{ type: 'KeyRotated', data: { iss, keySecretId: command.keySecretId } }];
    }
  },
  evolve(state, { type, data }) {
    switch (type) {
      case 'ServerInitialized': {
        const { iss, keySecretId, privateKeySecretId } = data;
        const profile = storedProfile(data.profile);
        return { iss, profile, policy: firstPolicy, keySecretId, privateKeySecretId, retirement: undefined };
      }
      case 'ServerSettingsChanged':
        return state === undefined ? state : { ...state, profile: storedProfile(data.profile) };
      case 'ServerPolicyChanged': {
        const { deletions, trashDays } = data;
        return state === undefined ? state : { ...state, policy: changedPolicy(state.policy, { deletions, trashDays }) };
      }
      case 'KeyRotated':
        return state === undefined ? state : { ...state, keySecretId: data.keySecretId };
      case 'ServerRetired':
        return state === undefined ? state : { ...state, retirement: data.retirement };
      case 'ServerReturned':
        // That follows from the profile.
        return state;
    }
  },
};

function profileChanged({ iss, profile: present, retirement }: NonNullable<ServerState>, profile: SignedProfile): ServerEvent[] {
  // Others take the one with the later stamp: an earlier one would be lost on them.
  if (profile.stamp <= present.stamp) throw new OdstError('COMMON_COMMAND_CONFLICT', 'the settings were changed meanwhile');
  const isBack = isRetired(retirement, present) && !isRetired(retirement, profile);
  return [
    { type: 'ServerSettingsChanged', data: { iss, profile } },
    ...(isBack ? [{ type: 'ServerReturned', data: { iss, retirement } } as const] : []),
  ];
}

function policyChanged(iss: string, before: Policy, policy: Policy): ServerEvent[] {
  return samePolicy(before, policy) ? [] : [{ type: 'ServerPolicyChanged', data: { iss, ...policy } }];
}

/** Stream of a server, be it this one or another. */
export const serverStream = (iss: string): string => `server-${iss}`;
