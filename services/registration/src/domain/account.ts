import type { RegistrationEvent } from '@odst/contracts/registration';
import { type Decider, OdstError, passwordFault, type Stage, stages } from '@odst/kernel';
import { checkRole, checkStages, type Right, type Role } from './roles.ts';

/** Events of the stream `account-<username>`. */
export type AccountEvent = Extract<
  RegistrationEvent,
  { type: 'AccountCreated' | 'AccountChanged' | 'AccountPasswordChanged' | 'AccountRemoved' }
>;

/** Makes an account; refused where there is one of the name. */
export type CreateAccount = {
  readonly type: 'CreateAccount';
  readonly username: string;
  /** Tells it from an account of the same name before it. */
  readonly accountId: string;
  readonly role: Role;
  /** Stages that the role counts for. Default all. */
  readonly stages?: readonly Stage[];
  /** Where the password's hash will be. */
  readonly passwordSecretId: string;
  /** Whether it is the documented default password. */
  readonly defaultPassword: boolean;
};

/** Gives an account another role, other stages or another password; what is not set stays. */
export type ChangeAccount = {
  readonly type: 'ChangeAccount';
  readonly username: string;
  readonly role?: Role | undefined;
  readonly stages?: readonly Stage[] | undefined;
  readonly passwordSecretId?: string | undefined;
};

/** Gives an account another password. */
export type ChangePassword = {
  readonly type: 'ChangePassword';
  readonly username: string;
  readonly passwordSecretId: string;
  readonly defaultPassword: boolean;
  /** Of the password that was given for it, which has to be the account's still. Default whatever it has. */
  readonly inPlaceOf?: string | undefined;
};

/** Gives an account another password on the word of who owns the server's machine. */
export type ResetPassword = {
  readonly type: 'ResetPassword';
  readonly username: string;
  readonly passwordSecretId: string;
  /** Of the account that is made where there is none: then it is an admin for all stages, also where it lost that. Default: only one that is there. */
  readonly adminAccountId?: string;
};

/** Removes an account. */
export type RemoveAccount = { readonly type: 'RemoveAccount'; readonly username: string };

export type AccountCommand = CreateAccount | ChangeAccount | ChangePassword | ResetPassword | RemoveAccount;

/** An account; undefined when there is none of the name. */
export type AccountState =
  | undefined
  | (Right & {
      readonly username: string;
      readonly accountId: string;
      readonly passwordSecretId: string;
      readonly defaultPassword: boolean;
    });

/** Who may log in. */
export const accountDecider: Decider<AccountState, AccountCommand, AccountEvent> = {
  initialState: () => undefined,
  decide(command, state) {
    const { username } = command;
    if (command.type === 'CreateAccount') {
      if (state !== undefined) throw new OdstError('REGISTRATION_ACCOUNT_TAKEN', `there is an account ${username}`, { username });
      const { accountId, role, passwordSecretId, defaultPassword } = command;
      const right = { role, stages: [...checkStages(command.stages ?? stages)] };
      return [{ type: 'AccountCreated', data: { username, accountId, passwordSecretId, defaultPassword, ...right } }];
    }
    if (command.type === 'ResetPassword' && command.adminAccountId !== undefined) {
      const { passwordSecretId, adminAccountId: accountId } = command;
      return restoreAdmin(state, { username, accountId, passwordSecretId });
    }
    if (state === undefined) throw new OdstError('REGISTRATION_ACCOUNT_UNKNOWN', `there is no account ${username}`, { username });
    switch (command.type) {
      case 'ChangeAccount': {
        const role = command.role ?? state.role;
        const allowed = checkStages(command.stages ?? state.stages);
        const isSame = role === state.role && allowed.join() === state.stages.join();
        const { passwordSecretId } = command;
        return [
          ...(isSame ? [] : [{ type: 'AccountChanged', data: { username, role, stages: [...allowed] } } as const]),
          ...(passwordSecretId === undefined ? [] : [passwordChanged(username, passwordSecretId)]),
        ];
      }
      case 'ChangePassword': {
        const { passwordSecretId, defaultPassword, inPlaceOf = state.passwordSecretId } = command;
        if (inPlaceOf !== state.passwordSecretId)
          throw new OdstError('REGISTRATION_CREDENTIALS_INVALID', 'the password was changed meanwhile; nothing was done');
        return [{ type: 'AccountPasswordChanged', data: { username, passwordSecretId, defaultPassword } }];
      }
      case 'ResetPassword':
        return [passwordChanged(username, command.passwordSecretId)];
      case 'RemoveAccount':
        return [{ type: 'AccountRemoved', data: { username } }];
    }
  },
  evolve(state, event) {
    if (event.type === 'AccountCreated') {
      return { ...event.data, role: checkRole(event.data.role), stages: checkStages(event.data.stages) };
    }
    if (state === undefined) return state;
    switch (event.type) {
      case 'AccountChanged':
        return { ...state, role: checkRole(event.data.role), stages: checkStages(event.data.stages) };
      case 'AccountPasswordChanged': {
        const { passwordSecretId, defaultPassword } = event.data;
        return { ...state, passwordSecretId, defaultPassword };
      }
      case 'AccountRemoved':
        return undefined;
    }
  },
};

/** Makes an admin for all stages of whatever there is of the account, with another password. */
function restoreAdmin(
  state: AccountState,
  { passwordSecretId, ...account }: { username: string; accountId: string; passwordSecretId: string },
): readonly AccountEvent[] {
  const right = { role: 'admin', stages: [...stages] };
  const { username } = account;
  if (state === undefined) {
    return [{ type: 'AccountCreated', data: { ...account, ...right, passwordSecretId, defaultPassword: false } }];
  }
  const changed = passwordChanged(username, passwordSecretId);
  if (state.role === right.role && state.stages.join() === right.stages.join()) return [changed];
  return [{ type: 'AccountChanged', data: { username, ...right } }, changed];
}

function passwordChanged(username: string, passwordSecretId: string): AccountEvent {
  return { type: 'AccountPasswordChanged', data: { username, passwordSecretId, defaultPassword: false } };
}

const namePattern = /^[a-z0-9][a-z0-9._@-]{0,63}$/;

/** Checks the name of a new account: no two names look alike. @throws OdstError REGISTRATION_ACCOUNT_INVALID */
export function checkUsername(username: string): string {
  if (namePattern.test(username)) return username;
  const detail = 'a user name is 1 to 64 of a-z, 0-9, dot, underscore, @ and -, with a letter or digit first';
  throw new OdstError('REGISTRATION_ACCOUNT_INVALID', detail, { pointer: '/username' });
}

/** Checks a new password. @throws OdstError REGISTRATION_ACCOUNT_INVALID */
export function checkPassword(password: string, names: { username: string; refused: string }): string {
  const fault = passwordFault(password, names);
  if (fault === undefined) return password;
  throw new OdstError('REGISTRATION_ACCOUNT_INVALID', fault, { pointer: '/password' });
}

/** Stream of an account. */
export const accountStream = (username: string): string => `account-${username}`;
