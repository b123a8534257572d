import { ApiProblem } from '@odst/api-client';
import { printable } from '@odst/kernel';
import { localCommand } from './command.ts';
import { createApi, keepToken, keptToken, passwordLogin, serverOf, tokensPath } from './connection.ts';
import { RefusedFault } from './status.ts';
import type { Terminal } from './terminal.ts';
import { durationMs } from './tokens.ts';

/** The commands that log a person in and out at a server. */
export const loginCommands = [
  localCommand({
    name: 'login',
    summary: 'makes an API token with a user name and a password, and keeps it for this server',
    details:
      'The token may do what the account may. It is kept in odst/tokens of $XDG_CONFIG_HOME, which nobody else may read, in place of the one before, which is revoked.',
    options: { expires: { about: 'when the token ends, as 90d: m, h, d or w; default 26w', value: 'DURATION' } },
    examples: { 'login --url https://ods.example.org --user eva': 'asks for the password, and no command after it asks again' },
    isAct: true,
    async runLocal({ options: { expires = '26w' } }, terminal, flags) {
      const expiresAt = new Date(terminal.now().getTime() + durationMs('expires', expires)).toISOString();
      const url = serverOf(flags, terminal);
      const before = await keptToken(url, terminal);
      const named = flags.user ?? terminal.env['ODST_USER'] ?? ((await terminal.ask(`User name at ${url}: `)) || 'admin');
      const api = createApi({ url, credential: await passwordLogin(url, { user: named }, terminal) }, terminal);
      const { username, role, stages } = await api.get('/api/v1/session');
      // Names of an account's tokens differ, and the one before goes only when this one is kept.
      const name = `odst on ${terminal.host.slice(0, 25)} since ${terminal.now().toISOString()}`;
      const { token, ...made } = await api.post('/api/v1/tokens', { body: { name, role, stages, expiresAt } });
      try {
        await keepToken(url, token, terminal);
      } catch (error) {
        // Nobody would know of it, and it would open the server for half a year.
        await revoke(url, token, terminal);
        throw error;
      }
      if (before !== undefined) await revoke(url, before, terminal);
      terminal.print(
        printable(`Logged in at ${url} as ${username}: role ${role}, for ${stages.join(', ')}, until ${expiresAt}.`),
      );
      terminal.print(`The token is in ${tokensPath(terminal.env)}. odst logout revokes it.`);
      return made;
    },
  }),
  localCommand({
    name: 'logout',
    summary: 'revokes the token that is kept for this server, and forgets it',
    details: 'Where the server is away nothing is forgotten, as the token would go on to open it.',
    isAct: true,
    async runLocal(_input, terminal, flags) {
      const url = serverOf(flags, terminal);
      const token = await keptToken(url, terminal);
      if (token === undefined) throw new RefusedFault(`no login at ${url} is kept in ${tokensPath(terminal.env)}`);
      await revoke(url, token, terminal);
      await keepToken(url, undefined, terminal);
      terminal.print(`Logged out at ${url}: the token is revoked and forgotten.`);
      return { url };
    },
  }),
];

/** Ends a token; one that opens nothing any more is ended. */
async function revoke(url: string, token: string, terminal: Terminal): Promise<void> {
  const [, id = ''] = /^odst_([0-9a-f]{16})_/.exec(token) ?? [];
  try {
    await createApi({ url, credential: { token } }, terminal).delete('/api/v1/tokens/{id}', { params: { path: { id } } });
  } catch (error) {
    if (!(error instanceof ApiProblem) || (error.status !== 401 && error.status !== 404)) throw error;
  }
}
