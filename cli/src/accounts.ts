import { printable } from '@odst/kernel';
import type { Api } from './api.ts';
import { type NewPasswordFlags, newPasswordOf } from './new-password.ts';
import { quoted } from './package-acts.ts';
import { stages } from './packages.ts';
import { ServerFault, type Terminal, tableLines, UsageFault } from './terminal.ts';

/** An account, as `GET /api/v1/accounts` tells it. */
type Account = {
  readonly username: string;
  readonly role: string;
  readonly stages: readonly string[];
  readonly defaultPassword: boolean;
  readonly createdAt: string;
  readonly passwordChangedAt: string;
};

/** What an account or a token may do. */
export type RightFlags = { readonly role?: string; readonly stages?: string };

type Owned = { readonly items: readonly { readonly username: string }[] };

const path = '/api/v1/accounts';
const pathOf = (username: string) => `${path}/${encodeURIComponent(username)}`;
const accountsOf = async (api: Api) => ((await api.send('GET', path)) as { readonly items: readonly Account[] }).items;

/** `odst accounts list`: a line for each. */
export async function listAccounts(api: Api, { print }: Terminal): Promise<void> {
  const rows = (await accountsOf(api)).map((account) => {
    const { username, role, createdAt, passwordChangedAt, defaultPassword } = account;
    return [username, role, account.stages.join(', '), createdAt, defaultPassword ? 'the documented one' : passwordChangedAt];
  });
  for (const line of tableLines(['NAME', 'ROLE', 'STAGES', 'SINCE', 'PASSWORD SINCE'], rows)) print(line);
}

/** The role and stages that flags say. @throws UsageFault for what is no stage */
export function rightOf({ role, stages: list }: RightFlags): { role?: string; stages?: readonly string[] } {
  const named = list?.split(',').map((stage) => stage.trim());
  const wrong = named?.find((stage) => !(stages as readonly string[]).includes(stage));
  if (wrong !== undefined) throw new UsageFault(`--stages has stages with commas, of ${stages.join(',')}: ${wrong} is none`);
  return { ...(role === undefined ? {} : { role }), ...(named === undefined ? {} : { stages: named }) };
}

/** `odst accounts create <name>`: for all stages, or those that are said. */
export async function createAccount(
  api: Api,
  username: string,
  flags: RightFlags & NewPasswordFlags,
  terminal: Terminal,
): Promise<void> {
  const password = await newPasswordOf(username, flags, terminal);
  printAccount((await api.send('POST', path, { username, password, ...rightOf(flags) })) as Account, terminal);
}

/** `odst accounts set <name>`: another role, other stages. */
export async function setAccount(api: Api, username: string, change: object, terminal: Terminal): Promise<void> {
  printAccount((await api.send('PATCH', pathOf(username), change)) as Account, terminal);
}

/** `odst accounts password <name>`: one's own, also where the documented default opens nothing else; anybody's for an admin. */
export async function setPassword(api: Api, username: string, flags: NewPasswordFlags, terminal: Terminal): Promise<void> {
  const password = await newPasswordOf(username, flags, terminal);
  if (api.login?.username === username) {
    const change = { username, currentPassword: api.login.password, newPassword: password };
    await api.send('POST', '/api/v1/session/password', change);
  } else await api.send('PATCH', pathOf(username), { password });
  terminal.print(printable(`${username} has another password. Its sessions have ended; its API tokens go on.`));
}

/**
 * `odst accounts remove <name>`
 * @param yes whether to do it; else only what would go is told
 */
export async function removeAccount(api: Api, username: string, yes: boolean, { print }: Terminal): Promise<void> {
  if (yes) {
    await api.send('DELETE', pathOf(username));
    return print(printable(`${username} is removed. Its sessions and API tokens open nothing any more.`));
  }
  const account = (await accountsOf(api)).find((one) => one.username === username);
  if (account === undefined) throw new ServerFault(`there is no account ${username}`);
  const count = async (list: string) =>
    ((await api.send('GET', `/api/v1/${list}`)) as Owned).items.filter((one) => one.username === username).length;
  const [sessions, tokens] = [await count('sessions'), await count('tokens')];
  const owned = `Its sessions (${sessions}) and API tokens (${tokens}) would open nothing any more.`;
  print(printable(`Would remove ${username}, role ${account.role}. ${owned} What it did stays in history.`));
  print(printable(`Nothing was changed. To do it: odst accounts remove ${quoted(username)} --yes`));
}

function printAccount({ username, role, stages: allowed }: Account, { print }: Terminal): void {
  print(printable(`${username}: role ${role}, for ${allowed.join(', ')}`));
}
