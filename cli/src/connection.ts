import { join } from 'node:path';
import { type ApiClient, type Credential, createApiClient, type ListItem, type ListPath } from '@odst/api-client';
import { Fault, InputFault, UsageFault } from './status.ts';
import type { Terminal } from './terminal.ts';

/** Which server and whose login, of every command. */
export type ConnectionFlags = { readonly url?: string; readonly user?: string };

/** Which server, and what opens it. */
export type Connection = {
  readonly url: string;
  /** A secret. */
  readonly credential: Credential;
};

/** The HTTP API of a server, as the one who logged in has it. */
export type Api = ApiClient & Connection;

/** Builds the API of a server. */
export function createApi(connection: Connection, { fetch, complain }: Pick<Terminal, 'fetch' | 'complain'>): Api {
  const { url, credential } = connection;
  const client = createApiClient({
    ...{ baseUrl: url, credential, fetch },
    onRetry: ({ problem, delayMs }) => complain(`${problem.detail}; trying again in ${delayMs / 1_000} s`),
  });
  return { ...client, ...connection };
}

/** All rows of a list, page after page. */
export async function allOf<Path extends ListPath>(
  api: Pick<ApiClient, 'list'>,
  path: Path,
  query: Readonly<Record<string, string>> = {},
): Promise<{ readonly items: readonly ListItem<Path>[] }> {
  const init = { params: { query: { limit: 1_000, ...query } } } as unknown as Parameters<typeof api.list<Path>>[1];
  return { items: await Array.fromAsync(api.list(path, init)) };
}

/** The server that is meant. @throws UsageFault for what is no URL */
export function serverOf(flags: ConnectionFlags, { env }: Pick<Terminal, 'env'>): string {
  const given = flags.url ?? env['ODST_URL'] ?? 'http://127.0.0.1:8080';
  const url = urlOf(given);
  if (url === undefined) throw new UsageFault(`${given} is no http or https URL of a server; example: https://ods.example`);
  return url;
}

/**
 * `--url` wins over ODST_URL (default http://127.0.0.1:8080). The login is, of these, the first that there is: `--user` with its
 * password, ODST_TOKEN, ODST_PASSWORD of ODST_USER (default admin), a line of the file of tokens, the password that a person types.
 * @throws UsageFault for what is no URL
 * @throws Fault notSignedIn without a login
 * @throws InputFault for a token that is none, or a file of tokens that others may read
 */
export async function connectionOf(flags: ConnectionFlags, terminal: Terminal): Promise<Connection> {
  const { env } = terminal;
  const url = serverOf(flags, terminal);
  if (flags.user === undefined) {
    const { ODST_TOKEN: token, ODST_PASSWORD: password } = env;
    if (token !== undefined) return byToken(url, token, 'ODST_TOKEN');
    if (password === undefined) {
      const kept = await keptToken(url, terminal);
      if (kept !== undefined) return byToken(url, kept, tokensPath(env));
    }
  }
  return { url, credential: await passwordLogin(url, flags, terminal) };
}

/** A user name with its password, of the environment or typed. @throws Fault notSignedIn without one */
export async function passwordLogin(url: string, flags: ConnectionFlags, { env, askSecret }: Terminal) {
  const username = flags.user ?? env['ODST_USER'] ?? 'admin';
  const password = env['ODST_PASSWORD'] ?? (await askSecret(`Password of ${username} at ${url}: `));
  if (password !== undefined) return { username, password };
  throw new Fault('notSignedIn', 'no login: set ODST_TOKEN, or ODST_USER and ODST_PASSWORD, or log in once: odst login');
}

/** Where tokens are kept, by the XDG Base Directory Specification. */
export function tokensPath({ XDG_CONFIG_HOME: config, HOME: home = '/' }: Terminal['env']): string {
  // A relative one is to be taken for none.
  return join(config?.startsWith('/') === true ? config : join(home, '.config'), 'odst', 'tokens');
}

function byToken(url: string, token: string, source: string): Connection {
  if (/^odst_[\w-]+$/.test(token)) return { url, credential: { token } };
  throw new InputFault(`${source} has no API token for ${url}: they begin with odst_, and odst tokens create makes them`);
}

/** The token that is kept for a server: a token is shown to no other one than it is of. @throws InputFault as {@link keptLines} */
export async function keptToken(url: string, terminal: Terminal): Promise<string | undefined> {
  return (await keptLines(terminal)).map((line) => line.trim().split(/\s+/)).find(([of = '']) => urlOf(of) === url)?.[1];
}

/** Keeps a token for a server in place of the one before, or none. The lines of other servers, and comments, stay. */
export async function keepToken(url: string, token: string | undefined, terminal: Terminal): Promise<void> {
  const others = (await keptLines(terminal)).filter((line) => urlOf(line.trim().split(/\s+/)[0] ?? '') !== url);
  const lines = [
    ...others.filter((line, index) => line !== '' || index < others.length - 1),
    ...(token === undefined ? [] : [`${url} ${token}`]),
  ];
  await terminal.ownFiles.write(tokensPath(terminal.env), lines.map((line) => `${line}\n`).join(''));
}

/** The lines of the file of tokens; none where there is no file. @throws InputFault for one that others may read, or nobody can */
async function keptLines({ env, ownFiles }: Terminal): Promise<readonly string[]> {
  const path = tokensPath(env);
  const file = await ownFiles.read(path);
  if (file === undefined) return [];
  if ((file.mode & 0o077) !== 0) {
    const mode = (file.mode & 0o777).toString(8);
    throw new InputFault(`others may read the API tokens in ${path} (mode ${mode}), so they are not used: chmod 600 ${path}`);
  }
  return file.text.split('\n');
}

function urlOf(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, href } = new URL(text);
  return /^https?:$/.test(protocol) ? href.replace(/\/+$/, '') : undefined;
}
