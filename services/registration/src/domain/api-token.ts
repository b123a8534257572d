import type { RegistrationEvent } from '@odst/contracts/registration';
import { type Decider, OdstError, type Stage } from '@odst/kernel';
import { checkRole, checkStages, narrowest, type Right, type Role } from './roles.ts';

/** Events of the stream `token-<id>`. */
export type ApiTokenEvent = Extract<RegistrationEvent, { type: 'ApiTokenIssued' | 'ApiTokenRevoked' }>;

/** Makes a token. */
export type IssueToken = {
  readonly type: 'IssueToken';
  readonly tokenId: string;
  readonly name: string;
  readonly username: string;
  /** The owner's account, as one of the same name may come after it. */
  readonly accountId: string;
  readonly role: Role;
  readonly stages: readonly Stage[];
  /** undefined for never */
  readonly expiresAt: Date | undefined;
  /** Where the hash will be. */
  readonly secretId: string;
};

/** Ends a token. */
export type RevokeToken = { readonly type: 'RevokeToken'; readonly tokenId: string };

export type ApiTokenCommand = IssueToken | RevokeToken;

/** A token that was not revoked; undefined when there is none. */
export type ApiTokenState = undefined | (Right & Omit<IssueToken, 'type' | 'role' | 'stages'>);

/** Credentials of scripts. */
export const apiTokenDecider: Decider<ApiTokenState, ApiTokenCommand, ApiTokenEvent> = {
  initialState: () => undefined,
  decide(command, state) {
    const { tokenId } = command;
    switch (command.type) {
      case 'IssueToken': {
        const { type, stages, ...data } = command;
        return [{ type: 'ApiTokenIssued', data: { ...data, stages: [...stages] } }];
      }
      case 'RevokeToken':
        if (state === undefined) throw new OdstError('REGISTRATION_TOKEN_UNKNOWN', `there is no token ${tokenId}`, { tokenId });
        return [{ type: 'ApiTokenRevoked', data: { tokenId, name: state.name, username: state.username } }];
    }
  },
  evolve(_state, event) {
    if (event.type === 'ApiTokenRevoked') return undefined;
    const { role, stages, expiresAt, ...data } = event.data;
    return { ...data, role: checkRole(role), stages: checkStages(stages), expiresAt };
  },
};

/** What is known of the account that owns a token. */
export type TokenOwner = Right & { readonly accountId: string };

/**
 * What a token may do now: never more than its owner. Undefined once it has expired, or its owner is gone.
 * @param owner the account of the owner's name, if there is one
 */
export function rightOf(token: NonNullable<ApiTokenState>, owner: TokenOwner | undefined, now: Date): Right | undefined {
  if (owner === undefined || owner.accountId !== token.accountId) return undefined;
  if (token.expiresAt !== undefined && token.expiresAt.getTime() <= now.getTime()) return undefined;
  return narrowest(token, owner);
}

/** Stream of a token. */
export const apiTokenStream = (tokenId: string): string => `token-${tokenId}`;
