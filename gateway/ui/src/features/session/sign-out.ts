import { api, isStatus } from '../../api/client.ts';
import { createSignal } from '../../api/signal.ts';

const changed = createSignal();
let failure: unknown;

function setFailure(error: unknown): void {
  failure = error;
  changed.tell();
}

/** Why the session goes on that somebody wanted to end; undefined while nobody does. */
export const signOutFailure = { get: () => failure, listen: changed.listen };

/** Ends the session of this browser, and shows where to sign in. Where it cannot be ended, the frame says so. */
export async function signOut(): Promise<void> {
  setFailure(undefined);
  try {
    await api.delete('/api/v1/session');
  } catch (error) {
    // One that has ended already has come to where it was to come.
    if (!isStatus(error, 401)) return setFailure(error);
  }
  location.assign('/');
}
