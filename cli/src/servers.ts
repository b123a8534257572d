import type { Api } from './api.ts';
import { type Terminal, tableLines } from './terminal.ts';

/** A server, as `GET /api/v1/servers` tells it. */
type Server = {
  readonly iss: string;
  readonly name: string;
  readonly url: string | null;
  readonly stage: string;
  readonly relation: string;
  readonly introducedBy: string | null;
};

/** `odst servers list`: a line for each. */
export async function listServers(api: Api, { print }: Terminal): Promise<void> {
  const { items } = (await api.send('GET', '/api/v1/servers')) as { readonly items: readonly Server[] };
  const names = new Map(items.map(({ iss, name }) => [iss, name]));
  const rows = items.map(({ iss, name, url, stage, relation, introducedBy }) => {
    const by = introducedBy === null ? '' : ` by ${names.get(introducedBy) ?? introducedBy}`;
    return [name, stage, `${relation}${by}`, url ?? '-', iss];
  });
  for (const line of tableLines(['NAME', 'STAGE', 'KNOWN AS', 'URL', 'ISS ID'], rows)) print(line);
}
