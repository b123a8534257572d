import type { components } from '@odst/api-client';
import { printable } from '@odst/kernel';
import { remoteCommand, type Stage, stages } from './command.ts';
import { type Api, allOf } from './connection.ts';
import { newPasswordOf, newPasswordOptions } from './new-password.ts';
import { resetPasswordCommand } from './reset-password.ts';
import { RefusedFault, UsageFault } from './status.ts';
import { printTable, type Terminal } from './terminal.ts';

type Account = components['schemas']['Account'];

const path = '/api/v1/accounts';
const pathOf = '/api/v1/accounts/{username}';
const named = { name: 'name', about: 'a user name' };

/** What an account or a token may do. */
export const rightOptions = {
  role: { about: 'what it may do', value: 'ROLE', choices: ['viewer', 'uploader', 'promoter', 'admin'] },
  stages: { about: 'for which stages, with commas; default all', value: 'STAGES' },
} as const;

type RightFlags = { readonly role?: (typeof rightOptions)['role']['choices'][number]; readonly stages?: string };

/** The role and stages that options say. @throws UsageFault for what is no stage */
export function rightOf({ role, stages: list }: RightFlags) {
  const said = list?.split(',').map((stage) => stage.trim());
  const wrong = said?.find((stage) => !(stages as readonly string[]).includes(stage));
  if (wrong !== undefined) throw new UsageFault(`--stages has stages with commas, of ${stages.join(',')}: ${wrong} is none`);
  return { ...(role === undefined ? {} : { role }), ...(said === undefined ? {} : { stages: said as readonly Stage[] }) };
}

/** The commands about accounts. */
export const accountCommands = [
  remoteCommand({
    name: 'accounts list',
    summary: 'who may log in, as what, and since when',
    async run(api, _input, terminal) {
      const answer = await allOf(api, path);
      const rows = answer.items.map((account) => {
        const { username, role, createdAt, passwordChangedAt, defaultPassword } = account;
        return [username, role, account.stages.join(', '), createdAt, defaultPassword ? 'the documented one' : passwordChangedAt];
      });
      printTable(terminal, ['NAME', 'ROLE', 'STAGES', 'SINCE', 'PASSWORD SINCE'], rows);
      return answer;
    },
  }),
  remoteCommand({
    name: 'accounts create',
    summary: 'makes one',
    details: 'A new password is typed, or ODST_NEW_PASSWORD, or piped in.',
    operand: named,
    options: { ...rightOptions, role: { ...rightOptions.role, required: true }, ...newPasswordOptions },
    isAct: true,
    async run(api, { operand: username, options }, terminal) {
      const { stages: forStages } = rightOf(options);
      const password = await newPasswordOf(username, options, terminal);
      const asked = { username, password, role: options.role, ...(forStages === undefined ? {} : { stages: forStages }) };
      return printAccount(await api.post(path, { body: asked }), terminal);
    },
  }),
  remoteCommand({
    name: 'accounts set',
    summary: 'changes what it may do',
    operand: named,
    options: rightOptions,
    isAct: true,
    async run(api, { operand: username, options }, terminal) {
      const body = rightOf(options);
      if (Object.keys(body).length === 0) throw new UsageFault('nothing to set: give --role or --stages');
      return printAccount(await api.patch(pathOf, { params: { path: { username } }, body }), terminal);
    },
  }),
  remoteCommand({
    name: 'accounts password',
    summary: 'sets another password, which ends its sessions',
    details:
      "One's own, also where the documented default opens nothing else; anybody's for an admin. A new password is typed, or ODST_NEW_PASSWORD, or piped in.",
    operand: named,
    options: newPasswordOptions,
    isAct: true,
    async run(api, { operand: username, options }, terminal) {
      const password = await newPasswordOf(username, options, terminal);
      const { credential } = api;
      if ('username' in credential && credential.username === username) {
        const body = { username, currentPassword: credential.password, newPassword: password };
        await api.post('/api/v1/session/password', { body });
      } else await api.patch(pathOf, { params: { path: { username } }, body: { password } });
      terminal.print(printable(`${username} has another password. Its sessions have ended; its API tokens go on.`));
      return { username };
    },
  }),
  remoteCommand({
    name: 'accounts remove',
    summary: 'removes one, with its sessions and API tokens',
    operand: named,
    isAct: true,
    async tell(api, { operand: username }, { print }) {
      const account = (await allOf(api, path)).items.find((one) => one.username === username);
      if (account === undefined) throw new RefusedFault(`there is no account ${username}`);
      const [sessions, tokens] = [await ownedBy(api, 'sessions', username), await ownedBy(api, 'tokens', username)];
      const owned = `Its sessions (${sessions}) and API tokens (${tokens}) would open nothing any more.`;
      print(printable(`Would remove ${username}, role ${account.role}. ${owned} What it did stays in history.`));
      return { answer: { account, sessions, tokens } };
    },
    async run(api, { operand: username }, { print }) {
      await api.delete(pathOf, { params: { path: { username } } });
      print(printable(`${username} is removed. Its sessions and API tokens open nothing any more.`));
      return { username };
    },
  }),
  resetPasswordCommand,
];

async function ownedBy(api: Api, list: 'sessions' | 'tokens', username: string): Promise<number> {
  return (await allOf(api, `/api/v1/${list}`, { username })).items.length;
}

function printAccount(account: Account, { print }: Terminal): Account {
  const { username, role, stages: allowed } = account;
  print(printable(`${username}: role ${role}, for ${allowed.join(', ')}`));
  return account;
}
