import { join } from 'node:path';
import { InputFault, type Terminal, UsageFault } from './terminal.ts';

/** Which server, and what opens it. */
export type Connection = {
  readonly url: string;
  /** Value of the Authorization header. A secret. */
  readonly authorization: string;
  /** User name and password, where it is made of them. A secret. */
  readonly login?: { readonly username: string; readonly password: string };
};

/** Flags of every command. */
export type ConnectionFlags = { readonly url?: string; readonly user?: string };

/**
 * `--url` wins over ODST_URL (default http://127.0.0.1:8080). The login is, of these, the first that there is: `--user` with its
 * password, ODST_TOKEN, ODST_PASSWORD of ODST_USER (default admin), a line of the file of tokens, the password that a person types.
 * @throws UsageFault without a login, or for what is no URL
 * @throws InputFault for a token that is none, or a file of tokens that others may read
 */
export async function connectionOf(flags: ConnectionFlags, terminal: Terminal): Promise<Connection> {
  const { env } = terminal;
  const given = flags.url ?? env['ODST_URL'] ?? 'http://127.0.0.1:8080';
  const url = urlOf(given);
  if (url === undefined) throw new UsageFault(`${given} is no http or https URL of a server; example: https://ods.example`);
  const username = flags.user ?? env['ODST_USER'] ?? 'admin';
  const password = env['ODST_PASSWORD'];
  if (flags.user === undefined) {
    const { ODST_TOKEN: token } = env;
    if (token !== undefined) return byToken(url, token, 'ODST_TOKEN');
    if (password === undefined) {
      const path = tokensPath(env);
      const kept = await keptToken(path, url, terminal);
      if (kept !== undefined) return byToken(url, kept, path);
    }
  }
  const typed = password ?? (await terminal.askSecret(`Password of ${username} at ${url}: `));
  if (typed === undefined) throw new UsageFault('no login: set ODST_TOKEN, or ODST_USER and ODST_PASSWORD');
  const authorization = `Basic ${Buffer.from(`${username}:${typed}`).toString('base64')}`;
  return { url, authorization, login: { username, password: typed } };
}

/** Where tokens are kept, by the XDG Base Directory Specification. */
function tokensPath(env: Terminal['env']): string {
  const { XDG_CONFIG_HOME: config, HOME: home = '/' } = env;
  // A relative one is to be taken for none.
  return join(config?.startsWith('/') === true ? config : join(home, '.config'), 'odst', 'tokens');
}

function byToken(url: string, token: string, source: string): Connection {
  if (/^odst_[\w-]+$/.test(token)) return { url, authorization: `Bearer ${token}` };
  throw new InputFault(`${source} has no API token for ${url}: they begin with odst_, and odst tokens create makes them`);
}

/** The token of a server: a token is shown to no other one than it is of. */
async function keptToken(path: string, url: string, { readOwnFile }: Terminal): Promise<string | undefined> {
  const file = await readOwnFile(path);
  if (file === undefined) return undefined;
  if ((file.mode & 0o077) !== 0) {
    const mode = (file.mode & 0o777).toString(8);
    throw new InputFault(`others may read the API tokens in ${path} (mode ${mode}), so they are not used: chmod 600 ${path}`);
  }
  const lines = file.text.split('\n').map((line) => line.trim().split(/\s+/));
  return lines.find(([of = '']) => urlOf(of) === url)?.[1];
}

function urlOf(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, href } = new URL(text);
  return /^https?:$/.test(protocol) ? href.replace(/\/+$/, '') : undefined;
}
