import { printable } from '@odst/kernel';
import { remoteCommand } from './command.ts';
import type { Api } from './connection.ts';
import type { Terminal } from './terminal.ts';

/** The commands about what this server is to others. */
export const identityCommands = [
  remoteCommand({
    name: 'identity show',
    summary: 'what the admin of another server needs to register with this one: URL, ISS ID and Key',
    details: 'For role admin. Whoever has the Key may register a server: pass it on as a password.',
    async run(api, _input, { print }) {
      const identity = await api.get('/api/v1/identity');
      const { name, url, iss, key } = identity;
      const lines = { Name: name, URL: url === '' ? 'not set: odst settings set url=https://…' : url, 'ISS ID': iss, Key: key };
      for (const [what, value] of Object.entries(lines)) print(printable(`${`${what}:`.padEnd(8)} ${value}`));
      return identity;
    },
  }),
  remoteCommand({
    name: 'identity new',
    summary: 'another identity for this server at its next start, as a copy of another one needs it',
    isAct: true,
    async tell(api, _input, { print }) {
      const answer = await renew(api, true);
      const { iss } = answer;
      print(
        `Would give this server another ISS ID and Key than ${iss} at its next start; packages, settings and accounts stay. ${againOf(answer)}`,
      );
      return { answer };
    },
    async run(api, _input, { print }: Terminal) {
      const answer = await renew(api, false);
      print(`The next start gives this server another ISS ID and Key than ${answer.iss}. ${againOf(answer)} Start it anew now.`);
      return answer;
    },
  }),
  remoteCommand({
    name: 'key rotate',
    summary: 'another Key by which servers register, and prints it',
    async tell(_api, _input, { print }) {
      print(
        'Would change the Key by which servers register with this one; the one before opens nothing then. Peers go on as before.',
      );
      return { answer: { key: null } };
    },
    async run(api, _input, { print }) {
      const answer = await api.post('/api/v1/settings/key/rotate');
      print(answer.key);
      return answer;
    },
  }),
];

const renew = (api: Api, isDry: boolean) =>
  api.post('/api/v1/identity', { params: { query: { dryRun: isDry ? 'true' : 'false' } } });

function againOf({ peers }: { readonly peers: readonly string[] }): string {
  return peers.length === 0 ? 'It has no peers.' : `To be registered again: ${peers.join(', ')}.`;
}
