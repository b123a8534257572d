import { systemTimers, type Timers } from '@odst/async/timers';
import { type ApiProblem, ApiUnreachable, problemOf } from './api-problem.ts';

/** What a client logs in with. A browser that has logged in needs none: its cookie goes along. */
export type Credential =
  /** An API token, `odst_…`. */
  | { readonly token: string }
  /** HTTP Basic with an account. */
  | { readonly username: string; readonly password: string };

/** A try that is made again. */
export type ApiRetry = {
  readonly problem: ApiProblem;
  /** Tries that were made, from 1. */
  readonly tries: number;
  readonly delayMs: number;
};

/** How requests are sent. */
export type Sending = {
  readonly fetch: (request: Request) => Promise<Response>;
  readonly authorization: string | undefined;
  readonly timeoutMs: number;
  /** Whether the time-out ends when the answer begins. Default false: it counts for all of the answer */
  readonly untilAnswer?: true;
  readonly mostTries: number;
  readonly mostWaitMs: number;
  readonly onRetry: (retry: ApiRetry) => void;
  readonly timers?: Timers;
};

/** Value of the Authorization header; undefined without a credential. */
export function authorizationOf(credential: Credential | undefined): string | undefined {
  if (credential === undefined) return undefined;
  if ('token' in credential) return `Bearer ${credential.token}`;
  // RFC 7617: the server's charset is UTF-8.
  const bytes = new TextEncoder().encode(`${credential.username}:${credential.password}`);
  return `Basic ${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))}`;
}

/** Statuses by which a server says that it did not begin, and when to come again. */
const passing = new Set([429, 503]);

/**
 * Sends a request until it is answered with a success. It is sent again where the server says when (429 or 503 with `Retry-After`),
 * a POST under the same `Idempotency-Key`, so that it takes effect once. What broke on the way is not sent again.
 * @throws ApiProblem what it is refused with
 * @throws ApiUnreachable when no answer comes, or not in time
 * @throws the reason of the request's signal when that aborts
 */
export async function send(request: Request, sending: Sending): Promise<Response> {
  const { authorization, mostTries, mostWaitMs, onRetry, timers = systemTimers } = sending;
  const headers = new Headers(request.headers);
  if (authorization !== undefined && !headers.has('authorization')) headers.set('authorization', authorization);
  if (request.method === 'POST' && !headers.has('idempotency-key')) headers.set('idempotency-key', newKey());
  let leftMs = mostWaitMs;
  for (let tries = 1; ; tries += 1) {
    const answer = await tryOnce(new Request(request.clone(), { headers, redirect: 'manual' }), sending);
    if (answer.ok || answer.status === 304) return answer;
    const problem = await problemOf(answer);
    const delayMs = (problem.retryAfterSeconds ?? Number.POSITIVE_INFINITY) * 1_000;
    // The request under the same key is under way: its answer comes to who asks again.
    const isBusy = problem.code === 'COMMON_IDEMPOTENCY_KEY_BUSY';
    if (!(passing.has(problem.status) || isBusy) || tries >= mostTries || delayMs > leftMs) throw problem;
    onRetry({ problem, tries, delayMs });
    leftMs -= delayMs;
    await waitFor(delayMs, request.signal, timers);
  }
}

/** Without `using`, which browsers learn only now. @throws the reason of the signal when that aborts meanwhile */
async function waitFor(delayMs: number, signal: AbortSignal, timers: Timers): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = timers.after(delayMs, resolve);
  signal.addEventListener('abort', () => resolve(), { once: true });
  await promise;
  timer[Symbol.dispose]();
  signal.throwIfAborted();
}

async function tryOnce(request: Request, sending: Sending): Promise<Response> {
  const { fetch, timeoutMs, timers = systemTimers } = sending;
  const late = new AbortController();
  const onLate = (): void => late.abort(new DOMException('the answer takes too long', 'TimeoutError'));
  // A signal aborts what is read of the answer too, as the platform has it.
  const isWhole = sending.untilAnswer !== true;
  const limit = timeoutMs === Number.POSITIVE_INFINITY ? undefined : isWhole ? AbortSignal.timeout(timeoutMs) : late.signal;
  const timer = limit === late.signal ? timers.after(timeoutMs, onLate) : undefined;
  const signals = limit === undefined ? [request.signal] : [request.signal, limit];
  try {
    return await fetch(new Request(request, { signal: AbortSignal.any(signals) }));
  } catch (error) {
    const { signal } = request;
    if (signal.aborted) throw signal.reason;
    throw unreachable(request.url, error, limit?.aborted === true ? timeoutMs : undefined);
  } finally {
    timer?.[Symbol.dispose]();
  }
}

/** What a failed request, or a broken answer, means for a person. */
export function unreachable(url: string, error: unknown, lateMs?: number): ApiUnreachable {
  const origin = URL.parse(url)?.origin ?? url;
  if (lateMs !== undefined) return new ApiUnreachable(`${origin} did not answer within ${lateMs / 1_000} s`, 'TIMEOUT', error);
  // `fetch` of Node keeps why it failed in the cause.
  const reasons = [error instanceof Error ? error.cause : undefined, error].filter((one) => one instanceof Error);
  const [reason] = reasons.filter(({ message }) => message !== '');
  const code = reasons.map((one) => ('code' in one ? one.code : undefined)).find((one) => typeof one === 'string');
  return new ApiUnreachable(`${origin} cannot be reached: ${reason?.message ?? code ?? 'no answer came'}`, code, error);
}

/** As a UUID would be; `crypto.randomUUID` is not there for pages over plain HTTP. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
