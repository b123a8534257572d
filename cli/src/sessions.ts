import { printable } from '@odst/kernel';
import { remoteCommand } from './command.ts';
import { allOf } from './connection.ts';
import { printList } from './terminal.ts';

/** The commands about sessions of browsers, and who one is. */
export const sessionCommands = [
  remoteCommand({
    name: 'sessions list',
    summary: 'the browsers that are logged in',
    async run(api, _input, terminal) {
      const answer = await allOf(api, '/api/v1/sessions');
      const rows = answer.items.map(({ id, username, startedAt, activeAt, expiresAt, remoteAddress, userAgent }) => [
        ...[id, username, startedAt, activeAt, expiresAt, remoteAddress, userAgent === '' ? '-' : userAgent],
      ]);
      printList(terminal, ['ID', 'ACCOUNT', 'SINCE', 'ACTIVE', 'ENDS', 'FROM', 'BROWSER'], rows, 'no sessions');
      return answer;
    },
  }),
  remoteCommand({
    name: 'sessions end',
    summary: 'logs one out; who was logged in by it may log in again',
    operand: { name: 'id', about: 'an id that sessions list shows' },
    isAct: true,
    async run(api, { operand: id }, { print }) {
      await api.delete('/api/v1/sessions/{id}', { params: { path: { id } } });
      print(printable(`The session ${id} has ended.`));
      return { id };
    },
  }),
  remoteCommand({
    name: 'whoami',
    summary: 'the account, and what it may do',
    async run(api, _input, { print }) {
      const login = await api.get('/api/v1/session');
      const { username, role, stages, credential } = login;
      const by = credential === 'token' ? 'API token' : credential;
      print(printable(`${username}, by ${by}: role ${role}, for ${stages.join(', ')}`));
      return login;
    },
  }),
];
