import { remoteCommand } from './command.ts';
import type { Api } from './connection.ts';
import type { Terminal } from './terminal.ts';

/** The commands about what this server is to others. */
export const identityCommands = [
  remoteCommand({
    name: 'identity show',
    summary: 'what the admin of another server needs to register with this one: URL, ISS ID and Key',
    details: 'The Key is shown to role admin alone. Whoever has it may register a server: pass it on as a password.',
    async run(api, _input, { print }) {
      const about = await api.get('/api/admin/about');
      const { name, url, iss, key, stage, firewalled_mode: firewalled } = about;
      const lines = { Name: name, URL: url, 'ISS ID': iss, Key: key ?? 'only for role admin', Stage: stage };
      for (const [what, value] of Object.entries(lines)) print(`${`${what}:`.padEnd(8)} ${value}`);
      if (firewalled) print('Peers cannot connect to this server: register from its own side.');
      return about;
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
