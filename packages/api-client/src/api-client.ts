import createClient, { type FetchResponse, type MaybeOptionalInit } from 'openapi-fetch';
import type { HttpMethod, PathsWithMethod, RequiredKeysOf } from 'openapi-typescript-helpers';
import { ApiUnreachable } from './api-problem.ts';
import type { paths } from './gen/api.ts';
import { type ApiRetry, authorizationOf, type Credential, type Sending, send, unreachable } from './send.ts';

/** Of {@link createApiClient}. */
export type ApiClientOptions = {
  /** Of the server, as `https://ods.example.org`. Default: that of the page, in a browser */
  readonly baseUrl?: string;
  /** Default none: the cookie of a browser, or what needs no login. */
  readonly credential?: Credential;
  /** Longest wait for an answer, in milliseconds; default 30,000. `Infinity` waits for ever. */
  readonly timeoutMs?: number;
  /** Most times that a request is sent; default 4. 1 never repeats. */
  readonly mostTries?: number;
  /** Longest time to wait between the tries of a request in all, in milliseconds; default 30,000. */
  readonly mostWaitMs?: number;
  /** Told before each further try. Default nobody. */
  readonly onRetry?: (retry: ApiRetry) => void;
  /** Default the platform's; for proxies, private certificate authorities and tests. */
  readonly fetch?: (request: Request) => Promise<Response>;
};

/** What one call may have of its own. */
export type CallOptions = {
  /** As of the client, for this call. */
  readonly timeoutMs?: number;
};

/** What a call answers with; undefined where there may be no body. */
export type Answer<Path extends PathsWithMethod<paths, Method>, Method extends HttpMethod> = Body<paths[Path], Method>;

type Body<Item, Method> = Method extends keyof Item
  ? Item[Method] extends { readonly responses: infer Responses extends Record<string | number, unknown> }
    ? Success<Responses>
    : never
  : never;

/** Bodies of all statuses of success; undefined for one without. */
type Success<Responses> = {
  [Status in keyof Responses]: Status extends 200 | 201 | 202 | 204 ? JsonOf<Responses[Status]> : never;
}[keyof Responses];

type JsonOf<Response> = Response extends { content: { readonly 'application/json': infer Json } } ? Json : undefined;

type Call<Method extends HttpMethod> = <
  Path extends PathsWithMethod<paths, Method>,
  Init extends MaybeOptionalInit<paths[Path], Method & keyof paths[Path]>,
>(
  path: Path,
  ...init: RequiredKeysOf<Init> extends never ? [(Init & CallOptions)?] : [Init & CallOptions]
) => Promise<Answer<Path, Method>>;

/** Paths of the lists, which are answered a page at a time. */
export type ListPath = {
  [Path in PathsWithMethod<paths, 'get'>]: Answer<Path, 'get'> extends {
    readonly items: readonly unknown[];
    readonly next: infer Next;
  }
    ? null extends Next
      ? Path
      : never
    : never;
}[PathsWithMethod<paths, 'get'>];

/** A row of a list. */
export type ListItem<Path extends ListPath> =
  Answer<Path, 'get'> extends { readonly items: readonly (infer Item)[] } ? Item : never;

/**
 * The HTTP API of a server. Every call throws an `ApiProblem` when it is refused, and an `ApiUnreachable` when no answer comes; the
 * reason of `signal` when that aborts.
 */
export interface ApiClient {
  /** Of the server; empty for that of the page. */
  readonly baseUrl: string;
  /** Reads. */
  readonly get: Call<'get'>;
  /** Makes or does something, once: see {@link ApiClientOptions.mostTries}. */
  readonly post: Call<'post'>;
  /** Changes. */
  readonly patch: Call<'patch'>;
  /** Removes. */
  readonly delete: Call<'delete'>;
  /** All rows of a list, page after page; `limit` of the query is the size of a page. Pages are asked for as rows are taken. */
  list<Path extends ListPath>(
    path: Path,
    init?: MaybeOptionalInit<paths[Path], 'get' & keyof paths[Path]> & CallOptions,
  ): AsyncGenerator<ListItem<Path>, void, void>;
  /**
   * A request of any kind, with the login: for bytes and streams. The time-out counts until the answer begins.
   * @param path with its query, below the base URL
   */
  fetch(path: string, init?: RequestInit & CallOptions): Promise<Response>;
}

/** What all calls look like inside: the types of each are in front of it. */
type AnyInit = CallOptions & {
  readonly params?: { readonly query?: Readonly<Record<string, unknown>> };
  readonly signal?: AbortSignal;
};

type AnyCall = (path: string, init?: object) => Promise<FetchResponse<Record<number, unknown>, object, 'application/json'>>;

/** Builds the client of a server. It keeps no connection and no state. */
export function createApiClient(options: ApiClientOptions = {}): ApiClient {
  const { baseUrl = '', credential, fetch = (request: Request) => globalThis.fetch(request) } = options;
  const { timeoutMs = 30_000, mostTries = 4, mostWaitMs = 30_000, onRetry = () => undefined } = options;
  const sending: Sending = { fetch, authorization: authorizationOf(credential), timeoutMs, mostTries, mostWaitMs, onRetry };
  const client = createClient<paths, 'application/json'>({ baseUrl, headers: { accept: 'application/json' } });

  const call =
    (method: 'GET' | 'POST' | 'PATCH' | 'DELETE') =>
    async (path: string, init: AnyInit = {}) => {
      const { timeoutMs: own, ...rest } = init;
      const sendOne = (request: Request) => send(request, own === undefined ? sending : { ...sending, timeoutMs: own });
      try {
        return (await (client[method] as unknown as AnyCall)(path, { ...rest, fetch: sendOne })).data;
      } catch (error) {
        throw brokenAnswer(error, baseUrl === '' ? path : baseUrl, own ?? timeoutMs);
      }
    };
  const get = call('GET');
  return {
    baseUrl,
    get: get as Call<'get'>,
    post: call('POST') as Call<'post'>,
    patch: call('PATCH') as Call<'patch'>,
    delete: call('DELETE') as Call<'delete'>,
    list: (path, init) => pages(get, path, init as AnyInit | undefined) as AsyncGenerator<never, void, void>,
    fetch(path, { timeoutMs: own = timeoutMs, ...init } = {}) {
      return send(new Request(`${baseUrl}${path}`, init), { ...sending, timeoutMs: own, untilAnswer: true });
    },
  };
}

/** What broke while the body of an answer was read, or while it was made sense of. */
function brokenAnswer(error: unknown, url: string, limitMs: number): unknown {
  if (error instanceof SyntaxError) return new ApiUnreachable(`${url} answers with something else than JSON`, undefined, error);
  if (error instanceof TypeError) return unreachable(url, error);
  return error instanceof Error && error.name === 'TimeoutError' ? unreachable(url, error, limitMs) : error;
}

type Page = { readonly items: readonly unknown[]; readonly next: string | null };

async function* pages(
  get: (path: string, init: AnyInit) => Promise<unknown>,
  path: string,
  init: AnyInit = {},
): AsyncGenerator<unknown, void, void> {
  const { params = {} } = init;
  for (let after: string | undefined; ; ) {
    const query = { ...params.query, ...(after === undefined ? {} : { after }) };
    const { items, next } = (await get(path, { ...init, params: { ...params, query } })) as Page;
    yield* items;
    if (next === null) return;
    // A cursor that leads to itself would be followed for ever.
    if (next === after) throw new Error(`the list ${path} does not go on after ${next}`);
    after = next;
  }
}
