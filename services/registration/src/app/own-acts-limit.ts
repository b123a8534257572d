import { type Clock, OdstError } from '@odst/kernel';
import { afterOwnAct, type Looks, ownActEveryMs } from '../domain/login-limit.ts';

/**
 * Bounds what accounts add to the events by acts on themselves alone, which any role may do: logins, tokens, passwords. In memory, as what
 * is counted is how fast it goes, tokens by themselves; how many sessions and tokens there are at once has limits of its own.
 */
export interface OwnActsLimit {
  /** Counts an act of an account. @throws OdstError REGISTRATION_LOGIN_LIMITED with `retryAfterSeconds` */
  count(username: string): void;
}

/** Builds an empty limit. It has an entry for each account that there is or was: only who is logged in gets here. */
export function createOwnActsLimit({ clock }: { readonly clock: Clock }): OwnActsLimit {
  const acts = new Map<string, Looks>();
  return {
    count(username) {
      const after = afterOwnAct(acts.get(username), clock.now().getTime());
      if (after === undefined) {
        const retryAfterSeconds = Math.ceil(ownActEveryMs / 1_000);
        const detail = `${username} has logged in, or made tokens or passwords, too often; nothing was done. Use one token, or one session, again and again; the next one is possible in ${retryAfterSeconds} s`;
        throw new OdstError('REGISTRATION_LOGIN_LIMITED', detail, { retryAfterSeconds });
      }
      acts.set(username, after);
    },
  };
}
