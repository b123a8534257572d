import { api } from '../../api/client.ts';

/** Ends the session of this browser, and shows where to sign in. */
export async function signOut(): Promise<void> {
  await api.delete('/api/v1/session');
  location.assign('/');
}
