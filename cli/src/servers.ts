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
  readonly retired: boolean;
  readonly retirement: {
    readonly byIss: string;
    readonly byName: string | null;
    readonly actor: string;
    readonly reason: string | null;
    readonly at: string;
  } | null;
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
  const rows = items.map(({ iss, name, url, stage, relation, introducedBy, blocked, retired }) => {
    const by = introducedBy === null ? '' : ` by ${names.get(introducedBy) ?? introducedBy}`;
    const marks = `${blocked ? ', blocked' : ''}${retired ? ', retired' : ''}`;
    return [name, stage, `${relation}${by}${marks}`, url ?? '-', iss];
  });
  for (const line of tableLines(['NAME', 'STAGE', 'KNOWN AS', 'URL', 'ISS ID'], rows)) print(line);
  const told = items.filter(({ retirement }) => retirement !== null);
  if (told.length > 0) print('');
  for (const server of told) print(retirementLine(server));
}

/** Who retired a server, when and why, and whether it lives after all. */
function retirementLine({ name, retired, retirement }: Server): string {
  if (retirement === null) return '';
  const { byIss, byName, actor, reason, at } = retirement;
  const why = reason === null ? '' : `: ${reason}`;
  const lives = retired ? '' : '. It has said since that it lives, so it is not retired';
  return printable(`${name} was retired by ${byName ?? byIss} (${actor}) at ${at}${why}${lives}`);
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
    const answer = await api.send('POST', `${path}/${encodeURIComponent(iss)}/unblock`);
    const { server, wasBlocked } = answer as { readonly server: Server; readonly wasBlocked: boolean };
    const { name } = server;
    if (!wasBlocked) return print(`${printable(name)} was not blocked. Nothing was changed.`);
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

/**
 * `odst servers retire <name|iss>`: a server that is gone for good counts nowhere any more.
 * @throws ServerFault for a name that no server has, or several
 */
export async function retireServer(
  api: Api,
  reference: string,
  { reason = '' }: { readonly reason?: string },
  { print }: Terminal,
): Promise<void> {
  const iss = /^[0-9a-f]{32}$/.test(reference) ? reference : issOfName(await serversOf(api), reference);
  const answer = await api.send('POST', `${path}/${encodeURIComponent(iss)}/retire`, { reason });
  const { server, wasRetired } = answer as { readonly server: Server; readonly wasRetired: boolean };
  if (wasRetired) {
    print(`${printable(server.name)} is retired already. Nothing was changed.`);
    return print(retirementLine(server));
  }
  print(`${printable(server.name)} (${iss}) is retired: it counts no more, here and soon in the whole mesh.`);
  print('What it made stays. If it lives after all, it says so by itself, and counts again.');
}

function issOfName(servers: readonly Server[], wanted: string): string {
  const named = servers.filter(({ name }) => name === wanted);
  const [only] = named;
  if (only === undefined) throw new ServerFault(`no server named ${wanted} is known there; odst servers list shows them`);
  if (named.length === 1) return only.iss;
  throw new ServerFault(
    `${named.length} servers are named ${wanted}: give the ISS ID, ${named.map(({ iss }) => iss).join(' or ')}`,
  );
}
