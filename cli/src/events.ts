import type { ListItem } from '@odst/api-client';
import { createHttpEventSource, isOdstError, type StartPosition } from '@odst/event-client';
import { printable } from '@odst/kernel';
import { remoteCommand } from './command.ts';
import type { Api } from './connection.ts';
import { Fault, UsageFault } from './status.ts';
import { printList, type Terminal } from './terminal.ts';
import { durationMs } from './tokens.ts';

/** What a line has of an event. */
type ShownEvent = {
  readonly type: string;
  readonly time: string;
  readonly actor?: string;
  readonly subject?: string;
  readonly feedsequence: string;
};

const lastShown = 20;

/** The commands about what happened. */
export const eventCommands = [
  remoteCommand({
    name: 'events',
    summary: 'the events of the feed, a line each; with --follow as they come, until Ctrl-C',
    details: `Without \`--after\` the last ${lastShown}, or with \`--follow\` what comes from now on. With \`--json\` each line is the whole event.`,
    options: {
      follow: { about: 'go on with what comes' },
      types: { about: 'these alone, with commas: PackageUploaded,PackagePublished', value: 'TYPES' },
      after: { about: 'from behind this feedsequence on; 0 is the beginning', value: 'FEEDSEQUENCE' },
    },
    examples: { 'events --follow --types PackagePublished --json': 'one line of JSON for each package that can be downloaded' },
    async run(api, { options: { follow, types, after } }, terminal) {
      if (after !== undefined && !/^\d{1,20}$/.test(after)) throw new UsageFault('--after is a feedsequence: digits');
      const named = types?.split(',').map((type) => type.trim()) ?? [];
      if (follow === undefined) await readToEnd(api, named, after ?? (await lastBefore(api)), terminal);
      else await followFeed(api, named, after === undefined ? 'latest' : { after }, terminal);
      return undefined;
    },
  }),
  remoteCommand({
    name: 'audit',
    summary: 'who did what and from where, refusals included, newest first',
    examples: { 'audit --outcome refused --since 24h': 'what was not let through since yesterday' },
    options: {
      actor: { about: 'of this one alone, as account:eva', value: 'ACTOR' },
      search: { about: 'with this text in it', value: 'TEXT' },
      outcome: { about: 'acts alone, or refusals alone', value: 'OUTCOME', choices: ['done', 'refused'] },
      since: { about: 'of the last so long, as 24h: m, h, d or w', value: 'DURATION' },
      limit: { about: 'so many at most; default 50', value: 'COUNT' },
    },
    async run(api, { options: { actor, search, outcome, since, limit = '50' } }, terminal) {
      if (!/^[1-9]\d{0,5}$/.test(limit)) throw new UsageFault('--limit is a number from 1 to 999999');
      const most = Number(limit);
      const asked = {
        ...{ ...(actor === undefined ? {} : { actor }), ...(search === undefined ? {} : { q: search }) },
        ...(outcome === undefined ? {} : { outcome }),
        ...(since === undefined ? {} : { since: new Date(terminal.now().getTime() - durationMs('since', since)).toISOString() }),
      };
      const list = api.list('/api/v1/audit', { params: { query: { limit: Math.min(most, 1_000), ...asked } } });
      const items: ListItem<'/api/v1/audit'>[] = [];
      for await (const entry of list) {
        items.push(entry);
        if (items.length === most) break;
      }
      const rows = items.map(({ at, count, actor: who, remoteAddress, kind, what, subject, code, method, path }) => [
        ...[
          at,
          who ?? '-',
          remoteAddress ?? '-',
          kind === 'act' ? what : `refused ${count} times: ${what}`.replace(' 1 times', ''),
        ],
        kind === 'act' ? (subject ?? '-') : `${code ?? '-'}, ${method ?? ''} ${path ?? ''}`,
      ]);
      printList(terminal, ['AT', 'WHO', 'FROM', 'WHAT', 'OF'], rows, 'nothing');
      return { items };
    },
  }),
];

/** The position that the last events are behind. */
async function lastBefore(api: Api): Promise<string> {
  const { next } = await api.get('/api/v1/events', { params: { query: { after: 'latest', limit: 1 } } });
  const last = BigInt(next);
  return `${last > BigInt(lastShown) ? last - BigInt(lastShown) : 0n}`;
}

async function readToEnd(api: Api, types: readonly string[], from: string, terminal: Terminal): Promise<void> {
  for (let after = from; ; ) {
    const query = { after, limit: 1_000, ...(types.length === 0 ? {} : { types: types.join(',') }) };
    const { items, next } = await api.get('/api/v1/events', { params: { query } });
    for (const event of items) show(event, terminal);
    if (next === after) return;
    after = next;
  }
}

/** @throws Fault refused for what the server will never give */
async function followFeed(api: Api, types: readonly string[], from: StartPosition, terminal: Terminal): Promise<void> {
  const { fetch, complain } = terminal;
  const source = createHttpEventSource({
    ...{ url: api.url, types },
    login: loginOf(api),
    fetch: (url, init) => fetch(new Request(url, init)),
    onRetry: ({ error, delayMs }) => complain(printable(`${error.message}; trying again in ${Math.ceil(delayMs / 1_000)} s`)),
  });
  try {
    for await (const { event } of source.read(from, new AbortController().signal)) {
      if (event !== undefined) show(event as ShownEvent, terminal);
    }
  } catch (error) {
    if (!isOdstError(error)) throw error;
    const isLogin = ['COMMON_LOGIN_REQUIRED', 'REGISTRATION_CREDENTIALS_INVALID', 'REGISTRATION_TOKEN_REFUSED'].includes(
      error.code,
    );
    throw new Fault(isLogin ? 'notSignedIn' : 'refused', `${error.message} (${error.code})`);
  }
}

function loginOf({ credential }: Api) {
  if ('token' in credential) return { headers: () => ({ authorization: `Bearer ${credential.token}` }) };
  return credential;
}

function show(event: ShownEvent, { print, emit }: Terminal): void {
  const { type, time, actor = '-', subject = '-', feedsequence } = event;
  const name = type.replace(/^org\.odst\.\w+\./, '').replace(/\.v\d+$/, '');
  print(printable(`${feedsequence.replace(/^0+(?=\d)/, '')}  ${time}  ${name}  ${subject}  ${actor}`));
  emit(event);
}
