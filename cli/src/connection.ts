import { UsageFault } from './terminal.ts';

/** Which server, as whom. */
export type Connection = { readonly url: string; readonly user: string; readonly password: string };

/** Flags of every command. */
export type ConnectionFlags = { readonly url?: string; readonly user?: string; readonly password?: string };

/**
 * Flags win over ODST_URL (default http://127.0.0.1:8080), ODST_USER (default admin) and ODST_PASSWORD.
 * @throws UsageFault without a password, or for what is no URL
 */
export function connectionOf(flags: ConnectionFlags, env: Readonly<Record<string, string | undefined>>): Connection {
  const url = flags.url ?? env['ODST_URL'] ?? 'http://127.0.0.1:8080';
  const password = flags.password ?? env['ODST_PASSWORD'];
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new UsageFault(`${url} is no http or https URL of a server; example: https://ods.example`);
  }
  // Other users of the machine can read the flags of a process, so the environment comes first in the advice.
  if (password === undefined) throw new UsageFault('no password: set ODST_PASSWORD, or give --password');
  return { url: url.replace(/\/+$/, ''), user: flags.user ?? env['ODST_USER'] ?? 'admin', password };
}
