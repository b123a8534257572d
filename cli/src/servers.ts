import type { components } from '@odst/api-client';
import { printable } from '@odst/kernel';
import { remoteCommand, shared } from './command.ts';
import { type Api, allOf } from './connection.ts';
import { RefusedFault } from './status.ts';
import { printTable, type Terminal } from './terminal.ts';

type Server = components['schemas']['Server'];

const path = '/api/v1/servers';
const operand = shared.iss;

const serversOf = async (api: Api) => (await allOf(api, path)).items;

/** The commands about the servers of the mesh. */
export const serverCommands = [
  remoteCommand({
    name: 'servers list',
    summary: 'every server of the mesh that is known here, and how it is known',
    async run(api, _input, terminal) {
      const answer = await allOf(api, path);
      printServers(answer.items, terminal);
      return answer;
    },
  }),
  remoteCommand({
    ...{ name: 'servers block', operand, isAct: true },
    summary: 'takes nothing any more that the server signs, whoever passes it on, and changes the Key of this one',
    tell: (api, { operand: iss }, terminal) => tellBlock(api, iss, terminal),
    async run(api, { operand: iss }, { print }) {
      const answer = await api.post(`${path}/{iss}/block`, { params: { path: { iss }, query: { dryRun: 'false' } } });
      const { server, unregistered, peerTold, keyChanged } = answer;
      const name = printable(server.name);
      if (!keyChanged) {
        print(`${name} is blocked already.`);
        return answer;
      }
      const told = peerTold ? ' It was told that it is no peer any more.' : ' It was not reached and learns by its next request.';
      print(`${name} is blocked.${unregistered ? told : ''}${stayOf(answer)}`);
      print('The Key of this server is another one now: odst identity show. Peers go on as before.');
      return answer;
    },
  }),
  remoteCommand({
    ...{ name: 'servers unblock', operand, isAct: true },
    summary: 'takes again what it signs',
    tell: (api, { operand: iss }, terminal) => tellUnblock(api, iss, terminal),
    async run(api, { operand: iss }, { print }) {
      const answer = await api.post(`${path}/{iss}/unblock`, { params: { path: { iss } } });
      const name = printable(answer.server.name);
      print(
        answer.wasBlocked
          ? `${name} is not blocked any more. Where it was a peer, register it again, with the Key as it is now.`
          : `${name} was not blocked. Nothing was changed.`,
      );
      return answer;
    },
  }),
  remoteCommand({
    name: 'servers retire',
    summary: 'says that a server is gone for good: it counts no more, in the whole mesh',
    operand: { name: 'name|iss', about: 'a name or an ISS ID' },
    options: { reason: { about: 'why, which all servers show', value: 'TEXT' } },
    isAct: true,
    run: (api, input, terminal) => retireServer(api, input.operand, input.options.reason ?? '', terminal),
  }),
];

function printServers(items: readonly Server[], terminal: Terminal): void {
  const names = new Map(items.map(({ iss, name }) => [iss, name]));
  const rows = items.map(({ iss, name, url, stage, relation, introducedBy, blocked, retired }) => {
    const by = introducedBy === null ? '' : ` by ${names.get(introducedBy) ?? introducedBy}`;
    const marks = `${blocked ? ', blocked' : ''}${retired ? ', retired' : ''}`;
    return [name, stage, `${relation}${by}${marks}`, url ?? '-', iss];
  });
  printTable(terminal, ['NAME', 'STAGE', 'KNOWN AS', 'URL', 'ISS ID'], rows);
  const told = items.filter(({ retirement }) => retirement !== null);
  if (told.length > 0) terminal.print('');
  for (const server of told) terminal.print(retirementLine(server));
}

/** Who retired a server, when and why, and whether it lives after all. */
function retirementLine({ name, retired, retirement }: Server): string {
  if (retirement === null) return '';
  const { byIss, byName, actor, reason, at } = retirement;
  const why = reason === null ? '' : `: ${reason}`;
  const lives = retired ? '' : '. It has said since that it lives, so it is not retired';
  return printable(`${name} was retired by ${byName ?? byIss} (${actor}) at ${at}${why}${lives}`);
}

function stayOf({ introduced }: { readonly introduced: number }): string {
  return introduced === 0 ? '' : ` ${introduced} servers that it introduced stay known: block each that is to go too.`;
}

async function tellBlock(api: Api, iss: string, { print }: Terminal) {
  const answer = await api.post(`${path}/{iss}/block`, { params: { path: { iss }, query: { dryRun: 'true' } } });
  const { server, unregistered, keyChanged } = answer;
  const name = printable(server.name);
  if (!keyChanged) {
    print(`${name} is blocked already.`);
    return { answer, isNothing: true };
  }
  const end = unregistered ? ' It is a peer: the trust would end on both sides.' : '';
  print(
    `Would take nothing more of what ${name} (${server.iss}) signs, whoever passes it on, and change the Key of this server.` +
      `${end} What was taken before stays.${stayOf(answer)}`,
  );
  return { answer };
}

async function tellUnblock(api: Api, iss: string, { print }: Terminal) {
  const answer = (await serversOf(api)).find((one) => one.iss === iss);
  if (answer === undefined) throw new RefusedFault(`no server with the ISS ID ${iss} is known there`);
  const name = printable(answer.name);
  if (!answer.blocked) {
    print(`${name} is not blocked.`);
    return { answer, isNothing: true };
  }
  print(`Would take again what ${name} (${iss}) signs, also what waited meanwhile. It does not become a peer by that.`);
  return { answer };
}

async function retireServer(api: Api, reference: string, reason: string, { print }: Terminal) {
  const iss = /^[0-9a-f]{32}$/.test(reference) ? reference : issOfName(await serversOf(api), reference);
  const answer = await api.post(`${path}/{iss}/retire`, { params: { path: { iss } }, body: { reason } });
  const name = printable(answer.server.name);
  if (answer.wasRetired) {
    print(`${name} is retired already. Nothing was changed.`);
    print(retirementLine(answer.server));
  } else {
    print(`${name} (${iss}) is retired: it counts no more, here and soon in the whole mesh.`);
    print('What it made stays. If it lives after all, it says so by itself, and counts again.');
  }
  return answer;
}

function issOfName(servers: readonly Server[], wanted: string): string {
  const named = servers.filter(({ name }) => name === wanted);
  const [only] = named;
  if (only === undefined) throw new RefusedFault(`no server named ${wanted} is known there; odst servers list shows them`);
  if (named.length === 1) return only.iss;
  throw new RefusedFault(
    `${named.length} servers are named ${wanted}: give the ISS ID, ${named.map(({ iss }) => iss).join(' or ')}`,
  );
}
