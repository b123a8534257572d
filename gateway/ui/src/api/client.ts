import { ApiProblem, type components, createApiClient } from '@odst/api-client';
import { createSignal } from './signal.ts';
import { isAtWork } from './user-activity.ts';

/** Shapes of the API by their names in its document, as `Shape<'Package'>`. */
export type Shape<Name extends keyof components['schemas']> = components['schemas'][Name];

/** Tells that the session has ended: who signs in next goes on where the page was. */
export const signedOut = createSignal();

let logins = 0;

/** How often somebody signed in on this page: what was asked before the last time says nothing of the session after it. */
export const loginCount = (): number => logins;

/** The server that this page came from, with the cookie of who signed in. */
export const api = createApiClient({
  baseUrl: location.origin,
  async fetch(request) {
    // Only what a person does keeps the session: a page that is merely open lets it end.
    if (isAtWork()) request.headers.set('odst-active', 'true');
    const before = logins;
    const answer = await fetch(request);
    // Of a login it says that the password is wrong.
    const isLogin = isOfLogin(request);
    if (isLogin && answer.ok && request.method === 'POST') logins += 1;
    if (!isLogin && answer.status === 401 && before === logins) signedOut.tell();
    return answer;
  },
});

/** Signing in and out, and another password; not the list of sessions. */
const isOfLogin = ({ url }: Request): boolean => /^\/api\/v1\/session(?:\/|$)/.test(new URL(url).pathname);

/** Whether a failure is a refusal with this status. */
export const isStatus = (error: unknown, status: number): boolean => error instanceof ApiProblem && error.status === status;
