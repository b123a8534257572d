import type { components } from '@odst/api-client';
import { printable } from '@odst/kernel';
import { remoteCommand } from './command.ts';
import type { Api } from './connection.ts';
import { RefusedFault } from './status.ts';
import { printList, type Terminal } from './terminal.ts';

type Transfer = components['schemas']['Transfer'];

const path = '/api/v1/transfers';

/** Rows of one request. */
const pageRows = 500;

const operand = {
  name: 'id|name',
  about: 'the first digits of a SHA-256 that transfers list shows, or the name of a package',
} as const;

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;

/** The commands about what this server fetches from others. */
export const transferCommands = [
  remoteCommand({
    name: 'transfers list',
    summary: 'what runs, what waits and why',
    async run(api, _input, terminal) {
      const items = await allTransfers(api, {});
      const head = ['ID', 'NAME', 'FROM', 'STATE', 'HERE', 'RATE', 'ETA', 'WHY'];
      printList(terminal, head, items.map(cellsOf), 'nothing is to be fetched');
      return { items, next: null };
    },
  }),
  remoteCommand({
    name: 'transfers pause',
    summary: 'does not fetch it until it is resumed; what is verified stays',
    operand,
    options: { reason: { about: 'why, which is kept and shown', value: 'TEXT' } },
    isAct: true,
    run: (api, input, terminal) => changeTransfer(api, input.operand, { paused: true, ...input.options }, terminal),
  }),
  remoteCommand({
    name: 'transfers resume',
    summary: 'fetches it again',
    operand,
    isAct: true,
    run: (api, input, terminal) => changeTransfer(api, input.operand, { paused: false }, terminal),
  }),
  remoteCommand({
    name: 'transfers first',
    summary: 'fetches it before all others of its peers',
    operand,
    isAct: true,
    run: (api, input, terminal) => changeTransfer(api, input.operand, { first: true }, terminal),
  }),
];

function cellsOf(transfer: Transfer): readonly string[] {
  const { id, sizeBytes, verifiedBytes, rateBytesPerSecond, etaSeconds, sources, state, first, reason, nextTryAt } = transfer;
  const from = sources.map(({ iss, name }) => name ?? iss).join(', ');
  const here = `${verifiedBytes === null ? '?' : megabytes(verifiedBytes)} of ${megabytes(sizeBytes)}`;
  const pace = rateBytesPerSecond === 0 ? '-' : `${megabytes(rateBytesPerSecond)}/s`;
  const why = reason === null ? '-' : `${reason}${nextTryAt === null ? '' : `; next try ${nextTryAt}`}`;
  const eta = etaSeconds === null ? '-' : `${etaSeconds} s`;
  return [id.slice(0, 12), nameOf(transfer), from, first ? `${state}, first` : state, here, pace, eta, why];
}

async function allTransfers(api: Api, query: { readonly q?: string }): Promise<readonly Transfer[]> {
  const found: Transfer[] = [];
  for (let page = {}; ; ) {
    const answer = await api.get(path, { params: { query: { ...query, ...page, limit: pageRows } } });
    found.push(...answer.items);
    if (answer.next === null) return found;
    page = { after: answer.next };
  }
}

type Change = { readonly paused?: boolean; readonly first?: boolean; readonly reason?: string };

/** @throws RefusedFault where none is named, or several are */
async function changeTransfer(api: Api, reference: string, body: Change, { print }: Terminal): Promise<Transfer> {
  const transfers = await allTransfers(api, { q: reference });
  const found = transfers.filter(({ id, package: named }) => id.startsWith(reference) || named?.filename === reference);
  const [transfer, another] = found;
  if (transfer === undefined)
    throw new RefusedFault(`nothing is to be fetched of ${reference}; odst transfers list shows what is`);
  if (another !== undefined) throw new RefusedFault(`${reference} names several transfers: give more digits of one`);
  const changed = await api.patch('/api/v1/transfers/{id}', { params: { path: { id: transfer.id } }, body });
  const place = changed.first ? ', before all others of its peers' : '';
  print(printable(`${nameOf(changed)}: ${changed.state}${place}${changed.reason === null ? '' : `; ${changed.reason}`}`));
  return changed;
}

function nameOf({ package: named, id }: Transfer): string {
  return named?.filename ?? id.slice(0, 12);
}
