import { printable } from '@odst/kernel';
import type { Api } from './api.ts';
import { ServerFault, type Terminal, tableLines } from './terminal.ts';

/** A server, as `GET /api/v1/servers` tells it. */
type Server = {
  readonly iss: string;
  readonly name: string;
  readonly url: string | null;
  readonly stage: string;
  readonly relation: string;
  readonly introducedBy: string | null;
  readonly blocked: boolean;
};

/** What `POST /api/v1/servers/{iss}/block` answers. */
type Blocking = {
  readonly server: Server;
  readonly unregistered: boolean;
  readonly peerTold: boolean;
  readonly keyChanged: boolean;
  readonly introduced: number;
};

const path = '/api/v1/servers';

const serversOf = async (api: Api) => ((await api.send('GET', path)) as { readonly items: readonly Server[] }).items;

/** `odst servers list`: a line for each. */
export async function listServers(api: Api, { print }: Terminal): Promise<void> {
  const items = await serversOf(api);
  const names = new Map(items.map(({ iss, name }) => [iss, name]));
  const rows = items.map(({ iss, name, url, stage, relation, introducedBy, blocked }) => {
    const by = introducedBy === null ? '' : ` by ${names.get(introducedBy) ?? introducedBy}`;
    return [name, stage, `${relation}${by}${blocked ? ', blocked' : ''}`, url ?? '-', iss];
  });
  for (const line of tableLines(['NAME', 'STAGE', 'KNOWN AS', 'URL', 'ISS ID'], rows)) print(line);
}

/**
 * `odst servers block <iss>`: nothing that a server signs is taken any more.
 * @param yes whether to do it; else only what it would do is told
 */
export async function blockServer(api: Api, iss: string, yes: boolean, { print }: Terminal): Promise<void> {
  const outcome = (await api.send('POST', `${path}/${encodeURIComponent(iss)}/block?dryRun=${!yes}`)) as Blocking;
  const { server, unregistered, peerTold, keyChanged, introduced } = outcome;
  const name = printable(server.name);
  if (!keyChanged) return print(`${name} is blocked already.`);
  const stay = introduced === 0 ? '' : ` ${introduced} servers that it introduced stay known: block each that is to go too.`;
  if (!yes) {
    const end = unregistered ? ' It is a peer: the trust would end on both sides.' : '';
    print(
      `Would take nothing more of what ${name} (${server.iss}) signs, whoever passes it on, and change the Key of this server.` +
        `${end} What was taken before stays.${stay}`,
    );
    return print(`Nothing was changed. To do it: odst servers block ${server.iss} --yes`);
  }
  const told = peerTold ? ' It was told that it is no peer any more.' : ' It was not reached and learns by its next request.';
  print(`${name} is blocked.${unregistered ? told : ''}${stay}`);
  print('The Key of this server is another one now; GET /api/admin/about shows it. Peers go on as before.');
}

/**
 * `odst servers unblock <iss>`: what a server signs is taken again.
 * @param yes whether to do it; else only what it would do is told
 * @throws ServerFault for a server that is not known
 */
export async function unblockServer(api: Api, iss: string, yes: boolean, { print }: Terminal): Promise<void> {
  if (yes) {
    const { name } = (await api.send('POST', `${path}/${encodeURIComponent(iss)}/unblock`)) as Server;
    return print(
      `${printable(name)} is not blocked any more. Where it was a peer, register it again, with the Key as it is now.`,
    );
  }
  const server = (await serversOf(api)).find((one) => one.iss === iss);
  if (server === undefined) throw new ServerFault(`no server with the ISS ID ${iss} is known there`);
  const name = printable(server.name);
  if (!server.blocked) return print(`${name} is not blocked.`);
  print(`Would take again what ${name} (${iss}) signs, also what waited meanwhile. It does not become a peer by that.`);
  print(`Nothing was changed. To do it: odst servers unblock ${iss} --yes`);
}
