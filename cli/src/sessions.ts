import { printable } from '@odst/kernel';
import type { Api } from './api.ts';
import { type Terminal, tableLines } from './terminal.ts';

/** A session, as `GET /api/v1/sessions` tells it. */
type Session = {
  readonly id: string;
  readonly username: string;
  readonly startedAt: string;
  readonly activeAt: string;
  readonly expiresAt: string;
  readonly remoteAddress: string;
  readonly userAgent: string;
};

/** Who one is, as `GET /api/v1/session` tells it. */
type Login = {
  readonly username: string;
  readonly role: string;
  readonly stages: readonly string[];
  readonly credential: string;
};

/** `odst sessions list`: a line for each browser that is logged in. */
export async function listSessions(api: Api, { print }: Terminal): Promise<void> {
  const { items } = (await api.send('GET', '/api/v1/sessions')) as { readonly items: readonly Session[] };
  const rows = items.map(({ id, username, startedAt, activeAt, expiresAt, remoteAddress, userAgent }) => [
    ...[id, username, startedAt, activeAt, expiresAt, remoteAddress, userAgent === '' ? '-' : userAgent],
  ]);
  const head = ['ID', 'ACCOUNT', 'SINCE', 'ACTIVE', 'ENDS', 'FROM', 'BROWSER'];
  for (const line of rows.length === 0 ? ['no sessions'] : tableLines(head, rows)) print(line);
}

/** `odst sessions end <id>`: who was logged in by it may log in again. */
export async function endSession(api: Api, id: string, { print }: Terminal): Promise<void> {
  await api.send('DELETE', `/api/v1/sessions/${encodeURIComponent(id)}`);
  print(printable(`The session ${id} has ended.`));
}

/** `odst whoami` */
export async function whoAmI(api: Api, { print }: Terminal): Promise<void> {
  const { username, role, stages, credential } = (await api.send('GET', '/api/v1/session')) as Login;
  const by = credential === 'token' ? 'API token' : credential;
  print(printable(`${username}, by ${by}: role ${role}, for ${stages.join(', ')}`));
}
