import type { RegistrationEvent } from '@odst/contracts/registration';
import { type Decider, OdstError, type Stage, stages } from '@odst/kernel';
import { checkRole, checkStages, type Right, type Role } from './roles.ts';

/** Events of the stream `account-<username>`. */
export type AccountEvent = Extract<RegistrationEvent, { type: 'AccountCreated' | 'AccountPasswordChanged' }>;

/** Makes an account; one that exists stays as it is. */
export type CreateAccount = {
  readonly type: 'CreateAccount';
  readonly username: string;
  readonly role: Role;
  /** Stages that the role counts for. Default all. */
  readonly stages?: readonly Stage[];
  /** Where the password's hash will be. */
  readonly passwordSecretId: string;
  /** Whether it is the documented default password. */
  readonly defaultPassword: boolean;
};

/** Gives an account another password. */
export type ChangePassword = {
  readonly type: 'ChangePassword';
  readonly username: string;
  readonly passwordSecretId: string;
  readonly defaultPassword: boolean;
};

export type AccountCommand = CreateAccount | ChangePassword;

/** An account; undefined when there is none of the name. */
export type AccountState =
  | undefined
  | (Right & {
      readonly username: string;
      readonly passwordSecretId: string;
      readonly defaultPassword: boolean;
    });

/** Who may log in. */
export const accountDecider: Decider<AccountState, AccountCommand, AccountEvent> = {
  initialState: () => undefined,
  decide(command, state) {
    const { username, passwordSecretId, defaultPassword } = command;
    switch (command.type) {
      case 'CreateAccount': {
        if (state !== undefined) return [];
        const data = { username, role: command.role, passwordSecretId, defaultPassword };
        return [{ type: 'AccountCreated', data: { ...data, stages: [...checkStages(command.stages ?? stages)] } }];
      }
      case 'ChangePassword':
        if (state === undefined) throw new OdstError('REGISTRATION_CREDENTIALS_INVALID', 'there is no such account');
        return [{ type: 'AccountPasswordChanged', data: { username, passwordSecretId, defaultPassword } }];
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'AccountCreated':
        return { ...event.data, role: checkRole(event.data.role), stages: checkStages(event.data.stages) };
      case 'AccountPasswordChanged': {
        const { passwordSecretId, defaultPassword } = event.data;
        return state === undefined ? state : { ...state, passwordSecretId, defaultPassword };
      }
    }
  },
};

/** Stream of an account. */
export const accountStream = (username: string): string => `account-${username}`;
