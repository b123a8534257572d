import type { Connection } from './connection.ts';
import { ServerFault, type Terminal } from './terminal.ts';

/** The HTTP API of a server. */
export type Api = {
  /** User name and password that it is used with; undefined for a token. A secret. */
  readonly login: Connection['login'];
  /** JSON of the answer; undefined for an empty one. @throws ServerFault when it is no success, or none comes */
  send(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<unknown>;
};

/** Builds the API of a server. */
export function createApi({ url, authorization, login }: Connection, fetch: Terminal['fetch']): Api {
  return {
    login,
    async send(method, path, body) {
      const headers = { authorization, accept: 'application/json' };
      const init =
        body === undefined
          ? { headers }
          : { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) };
      const answer = await fetch(`${url}${path}`, { method, ...init }).catch((error: unknown) => {
        throw new ServerFault(`${url} cannot be reached: ${reasonOf(error)}`);
      });
      const text = await answer.text();
      if (!answer.ok) throw new ServerFault(problemOf(answer.status, text));
      return text === '' ? undefined : JSON.parse(text);
    },
  };
}

const untrusted = /SELF_SIGNED|UNABLE_TO_(?:GET_ISSUER|VERIFY_LEAF)/;

/** `fetch` keeps why it failed in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error) || cause.message === '') return error.message;
  const isUntrusted = 'code' in cause && untrusted.test(String(cause.code));
  return isUntrusted ? `${cause.message}; for a private authority let NODE_EXTRA_CA_CERTS name its certificate` : cause.message;
}

/** What a problem document (RFC 9457) says, or the status of what is none. */
function problemOf(status: number, text: string): string {
  try {
    const { detail, title, code } = JSON.parse(text) as Record<string, unknown>;
    return `${detail ?? title ?? `status ${status}`}${code === undefined ? '' : ` (${code})`}`;
  } catch {
    return `the server answered with status ${status}`;
  }
}
