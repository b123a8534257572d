import { printable } from '@odst/kernel';
import { rightOf, rightOptions } from './accounts.ts';
import { remoteCommand } from './command.ts';
import { type Api, allOf } from './connection.ts';
import { RefusedFault, UsageFault } from './status.ts';
import { printList } from './terminal.ts';

const path = '/api/v1/tokens';
const tokenId = { name: 'id', about: 'the id of a token, 16 hex digits that tokens list shows', form: /^[0-9a-f]{16}$/ };
const tokensOf = async (api: Api) => (await allOf(api, path)).items;

/** The commands about API tokens. */
export const tokenCommands = [
  remoteCommand({
    name: 'tokens list',
    summary: 'the API tokens, what each may do, and when it was last used',
    async run(api, _input, terminal) {
      const items = await tokensOf(api);
      const rows = items.map(({ id, name, username, role, stages, expiresAt, lastUsedAt, lastUsedFrom }) => {
        const isOver = expiresAt !== null && new Date(expiresAt) <= terminal.now();
        const until = expiresAt === null ? 'never' : `${expiresAt}${isOver ? ', has expired' : ''}`;
        return [id, username, name, role, stages.join(', '), until, lastUsedAt ?? '-', lastUsedFrom ?? '-'];
      });
      const head = ['ID', 'OWNER', 'NAME', 'ROLE', 'STAGES', 'EXPIRES', 'LAST USED', 'FROM'];
      printList(terminal, head, rows, 'no API tokens');
      return { items };
    },
  }),
  remoteCommand({
    name: 'tokens create',
    summary: 'makes one, and prints it alone, so that it can be piped to where it is kept',
    operand: { name: 'name', about: 'a name' },
    options: {
      ...rightOptions,
      role: { ...rightOptions.role, required: true },
      expires: { about: 'when it ends, as 90d: m, h, d or w; default never', value: 'DURATION' },
      owner: { about: 'whose it is; default oneself', value: 'NAME' },
    },
    examples: { 'tokens create autopkg --role uploader --stages Dev --expires 90d': 'a token for a run that only uploads' },
    async run(api, { operand: name, options }, { print, complain, now }) {
      const { expires, owner, role } = options;
      const { stages } = rightOf(options);
      const made = await api.post(path, {
        body: {
          ...{ name, role, ...(stages === undefined ? {} : { stages }) },
          ...(expires === undefined
            ? {}
            : { expiresAt: new Date(now().getTime() + durationMs('expires', expires)).toISOString() }),
          ...(owner === undefined ? {} : { username: owner }),
        },
      });
      const until = made.expiresAt === null ? 'does not expire' : `expires at ${made.expiresAt}`;
      const whose = `Token ${made.name} (${made.id}) of ${made.username}: role ${made.role}, for ${made.stages.join(', ')}`;
      complain(printable(`${whose}; it ${until}. It is shown once:`));
      print(printable(made.token));
      return made;
    },
  }),
  remoteCommand({
    name: 'tokens revoke',
    summary: 'ends one',
    operand: tokenId,
    isAct: true,
    async tell(api, { operand: id }, { print }) {
      const answer = (await tokensOf(api)).find((one) => one.id === id);
      if (answer === undefined) throw new RefusedFault(`there is no token ${id}`);
      const { name, username, lastUsedAt, lastUsedFrom } = answer;
      const used = lastUsedAt === null ? 'It was never used.' : `It was last used at ${lastUsedAt} from ${lastUsedFrom}.`;
      print(printable(`Would revoke ${name} of ${username}. ${used}`));
      return { answer };
    },
    async run(api, { operand: id }, { print }) {
      await api.delete('/api/v1/tokens/{id}', { params: { path: { id } } });
      print(printable(`The token ${id} is revoked: it opens nothing any more.`));
      return { id };
    },
  }),
];

const unitsMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Milliseconds of a duration as `90d`. @throws UsageFault for what is none */
export function durationMs(option: string, text: string): number {
  const [, count = '', unit = ''] = /^([1-9]\d{0,4})([mhdw])$/.exec(text) ?? [];
  const unitMs = unitsMs[unit];
  if (unitMs === undefined) throw new UsageFault(`--${option} is a number of m, h, d or w (minutes to weeks), as 90d: ${text}`);
  return Number(count) * unitMs;
}
