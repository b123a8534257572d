import type { RegistrationEvent } from '@odst/contracts/registration';
import { type Decider, OdstError } from '@odst/kernel';
import { checkBaseUrl, checkName, checkStage, type ServerProfile, sameProfile } from './profile.ts';

/** Events of the stream `server-<iss>`. */
export type ServerEvent = Extract<RegistrationEvent, { type: 'ServerInitialized' | 'ServerSettingsChanged' }>;

/** Gives the server its identity, once. */
export type InitializeServer = {
  readonly type: 'InitializeServer';
  /** Follows from the public key. */
  readonly iss: string;
  readonly name: string;
  /** Empty where nobody set one: peers cannot be registered until somebody does. */
  readonly url: string;
  readonly stage: string;
  readonly firewalledMode: boolean;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly keySecretId: string;
  readonly privateKeySecretId: string;
};

/** Changes settings; what is undefined stays. */
export type ChangeSettings = {
  readonly type: 'ChangeSettings';
  readonly name?: string | undefined;
  readonly url?: string | undefined;
  readonly stage?: string | undefined;
  readonly firewalledMode?: boolean | undefined;
};

export type ServerCommand = InitializeServer | ChangeSettings;

/** This server; undefined before its first start. */
export type ServerState =
  | undefined
  | {
      readonly iss: string;
      readonly profile: ServerProfile;
      readonly publicKey: Uint8Array;
      readonly keySecretId: string;
      readonly privateKeySecretId: string;
    };

const code = 'REGISTRATION_SETTING_INVALID';

/** The first profile of a server in its one form. @throws OdstError REGISTRATION_SETTING_INVALID */
export function firstProfile({
  name,
  url,
  stage,
  firewalledMode,
}: Readonly<Record<'name' | 'url' | 'stage', string>> & {
  readonly firewalledMode: boolean;
}): ServerProfile {
  return {
    name: checkName(name, code),
    url: url === '' ? '' : checkBaseUrl(url, code),
    stage: checkStage(stage, code),
    firewalledMode,
  };
}

function initialize({ type: _type, ...values }: InitializeServer): readonly ServerEvent[] {
  return [{ type: 'ServerInitialized', data: { ...values, ...firstProfile(values) } }];
}

/** The profile after a change. @throws OdstError REGISTRATION_SETTING_INVALID */
export function changedProfile(command: Omit<ChangeSettings, 'type'>, profile: ServerProfile): ServerProfile {
  return {
    name: command.name === undefined ? profile.name : checkName(command.name, code),
    url: command.url === undefined ? profile.url : checkBaseUrl(command.url, code),
    stage: command.stage === undefined ? profile.stage : checkStage(command.stage, code),
    firewalledMode: command.firewalledMode ?? profile.firewalledMode,
  };
}

function change(command: ChangeSettings, state: ServerState): readonly ServerEvent[] {
  if (state === undefined) throw new OdstError('COMMON_SERVICE_UNAVAILABLE', 'the server has no identity yet');
  const changed = changedProfile(command, state.profile);
  if (sameProfile(state.profile, changed)) return [];
  return [{ type: 'ServerSettingsChanged', data: { iss: state.iss, ...changed } }];
}

/** The identity and settings of this server. */
export const serverDecider: Decider<ServerState, ServerCommand, ServerEvent> = {
  initialState: () => undefined,
  decide(command, state) {
    switch (command.type) {
      case 'InitializeServer':
        return state === undefined ? initialize(command) : [];
      case 'ChangeSettings':
        return change(command, state);
    }
  },
  evolve(state, { type, data }) {
    const profile = { name: data.name, url: data.url, stage: checkStage(data.stage, code), firewalledMode: data.firewalledMode };
    switch (type) {
      case 'ServerInitialized': {
        const { iss, publicKey, keySecretId, privateKeySecretId } = data;
        return { iss, profile, publicKey, keySecretId, privateKeySecretId };
      }
      case 'ServerSettingsChanged':
        return state === undefined ? state : { ...state, profile };
    }
  },
};

/** Stream of the server. */
export const serverStream = (iss: string): string => `server-${iss}`;
