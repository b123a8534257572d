import { printable } from '@odst/kernel';
import { type RightFlags, rightOf } from './accounts.ts';
import type { Api } from './api.ts';
import { quoted } from './package-acts.ts';
import { ServerFault, type Terminal, tableLines, UsageFault } from './terminal.ts';

/** A token, as `GET /api/v1/tokens` tells it. */
type ApiToken = {
  readonly id: string;
  readonly name: string;
  readonly username: string;
  readonly role: string;
  readonly stages: readonly string[];
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly lastUsedFrom: string | null;
};

const path = '/api/v1/tokens';
const tokensOf = async (api: Api) => ((await api.send('GET', path)) as { readonly items: readonly ApiToken[] }).items;

/** `odst tokens list`: a line for each. */
export async function listTokens(api: Api, { print, now }: Terminal): Promise<void> {
  const rows = (await tokensOf(api)).map(({ id, name, username, role, stages, expiresAt, lastUsedAt, lastUsedFrom }) => {
    const isOver = expiresAt !== null && new Date(expiresAt) <= now();
    const until = expiresAt === null ? 'never' : `${expiresAt}${isOver ? ', has expired' : ''}`;
    return [id, username, name, role, stages.join(', '), until, lastUsedAt ?? '-', lastUsedFrom ?? '-'];
  });
  const head = ['ID', 'OWNER', 'NAME', 'ROLE', 'STAGES', 'EXPIRES', 'LAST USED', 'FROM'];
  for (const line of rows.length === 0 ? ['no API tokens'] : tableLines(head, rows)) print(line);
}

/** What of a new token is asked for. */
export type TokenFlags = RightFlags & { readonly expires?: string; readonly owner?: string };

/** `odst tokens create <name>`: the token alone goes to standard output, so that it can be piped to where it is kept. */
export async function createToken(api: Api, name: string, flags: TokenFlags, { print, complain, now }: Terminal): Promise<void> {
  const { expires, owner } = flags;
  const asked = {
    name,
    ...rightOf(flags),
    ...(expires === undefined ? {} : { expiresAt: new Date(now().getTime() + durationMs(expires)).toISOString() }),
    ...(owner === undefined ? {} : { username: owner }),
  };
  const made = (await api.send('POST', path, asked)) as ApiToken & { readonly token: string };
  const { id, username, role, stages, expiresAt } = made;
  const until = expiresAt === null ? 'does not expire' : `expires at ${expiresAt}`;
  complain(
    printable(
      `Token ${made.name} (${id}) of ${username}: role ${role}, for ${stages.join(', ')}; it ${until}. It is shown once:`,
    ),
  );
  print(printable(made.token));
}

/**
 * `odst tokens revoke <id>`
 * @param yes whether to do it; else only what would end is told
 */
export async function revokeToken(api: Api, id: string, yes: boolean, { print }: Terminal): Promise<void> {
  if (yes) {
    await api.send('DELETE', `${path}/${encodeURIComponent(id)}`);
    return print(printable(`The token ${id} is revoked: it opens nothing any more.`));
  }
  const token = (await tokensOf(api)).find((one) => one.id === id);
  if (token === undefined) throw new ServerFault(`there is no token ${id}`);
  const { name, username, lastUsedAt, lastUsedFrom } = token;
  const used = lastUsedAt === null ? 'It was never used.' : `It was last used at ${lastUsedAt} from ${lastUsedFrom}.`;
  print(printable(`Would revoke ${name} of ${username}. ${used}`));
  print(printable(`Nothing was changed. To do it: odst tokens revoke ${quoted(id)} --yes`));
}

const unitsMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Milliseconds of a duration as `90d`. @throws UsageFault for what is none */
export function durationMs(text: string): number {
  const [, count = '', unit = ''] = /^([1-9]\d{0,4})([mhdw])$/.exec(text) ?? [];
  const unitMs = unitsMs[unit];
  if (unitMs === undefined) throw new UsageFault(`--expires is a number of m, h, d or w (minutes to weeks), as 90d: ${text}`);
  return Number(count) * unitMs;
}
