import { isErrorCode, isOdstError, OdstError } from '@odst/kernel';
import { loginHeaders, type ServerLogin } from './login.ts';

/** Requests of one server's feed. */
export type FeedConnection = {
  /**
   * Asks for a part of the feed.
   * @throws OdstError what the server refuses it with; its `details.status` is the HTTP status
   * @throws Error when the server cannot be reached
   */
  get(query: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Response>;
};

/** What a connection is made of. */
export type FeedConnectionOptions = {
  readonly url: string;
  readonly login?: ServerLogin | undefined;
  readonly fetch: typeof fetch;
};

const path = 'api/v1/events';
/** Statuses of refusals that may be over soon. */
const passing = new Set([408, 425, 429]);

/** Builds the requests. @throws OdstError COMMON_REQUEST_INVALID for a URL that is none */
export function createFeedConnection({ url, login, fetch: send }: FeedConnectionOptions): FeedConnection {
  const base = URL.parse(path, url.endsWith('/') ? url : `${url}/`);
  if (base === null)
    throw new OdstError('COMMON_REQUEST_INVALID', `${JSON.stringify(url)} is no URL; example: https://ods.example.org`);
  return {
    async get(query, headers, signal) {
      const asked = new URL(base);
      for (const [name, value] of Object.entries(query)) asked.searchParams.set(name, value);
      const answer = await send(asked, { headers: { ...headers, ...(await loginHeaders(login)) }, signal });
      if (!answer.ok) throw await refusalOf(answer);
      return answer;
    },
  };
}

async function refusalOf(answer: Response): Promise<OdstError> {
  const { status } = answer;
  const text = await answer.text();
  const problem = /json/.test(answer.headers.get('content-type') ?? '') ? parsed(text) : {};
  const { code, detail } = problem as { code?: unknown; detail?: unknown };
  const retryAfterSeconds = Number(answer.headers.get('retry-after') ?? Number.NaN);
  const details = { status, ...(Number.isFinite(retryAfterSeconds) ? { retryAfterSeconds } : {}) };
  const message = `the server answered ${status}: ${typeof detail === 'string' ? detail : text.slice(0, 200)}`;
  return new OdstError(typeof code === 'string' && isErrorCode(code) ? code : codeOf(status), message, details);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    // A problem document that is none tells its status all the same.
    return {};
  }
}

/** For answers of something in between, which knows no codes. */
function codeOf(status: number) {
  if (status === 401) return 'COMMON_LOGIN_REQUIRED';
  if (status === 403) return 'COMMON_ACCESS_DENIED';
  if (status === 404) return 'COMMON_ROUTE_UNKNOWN';
  return status < 500 ? 'COMMON_REQUEST_INVALID' : 'COMMON_SERVICE_UNAVAILABLE';
}

/** Whether trying again is of no use. */
export function isFinal(error: unknown): boolean {
  if (!isOdstError(error)) return false;
  const status = error.details['status'];
  return typeof status !== 'number' || (status < 500 && !passing.has(status));
}

/** Milliseconds that the server asks to wait; 0 when it does not. */
export function askedPauseMs(error: unknown): number {
  const seconds = isOdstError(error) ? error.details['retryAfterSeconds'] : undefined;
  return typeof seconds === 'number' ? seconds * 1_000 : 0;
}
