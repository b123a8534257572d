import type { ApiClient, components } from '@odst/api-client';
import { humanSize, printable } from '@odst/kernel';
import { remoteCommand, shared, stages } from './command.ts';
import { UsageFault } from './status.ts';
import { printList, printTable } from './terminal.ts';

/** A content, as the API tells it. */
export type Content = Pick<components['schemas']['Content'], 'sha256' | 'sizeBytes'>;

/** A package, as `GET /api/v1/packages/{id}` tells it. */
export type Package = components['schemas']['Package'];

type HistoryEntry = components['schemas']['HistoryEntry'];

/** Why a server has what its stage does not admit. */
const leavingReason =
  'no stage that this server takes has it; kept and served until another server that takes it has said that it holds it';

const path = '/api/v1/packages';

const listOptions = {
  stage: shared.stage('those with a content in this stage'),
  status: { about: 'those of this status', value: 'STATUS', choices: ['Public', 'Downloading', 'Withheld', 'Deleted'] },
  search: { about: 'those whose name contains this', value: 'TEXT' },
  deleted: { about: 'those that are deleted in every stage' },
  conflict: { about: 'those with a stage in conflict' },
  behind: { about: 'those that a server lacks which is to hold them' },
  unconfirmed: { about: 'those that were deleted at another server, and wait here for confirm' },
} as const;

/** The commands that show packages. */
export const packageCommands = [
  remoteCommand({
    name: 'packages list',
    summary: 'the packages, and what each is in each stage',
    details: 'Deleted and withheld ones only where they are asked for. `!` marks a conflict.',
    options: listOptions,
    async run(api, { options }, terminal) {
      const { stage, status, search, deleted, conflict, behind, unconfirmed } = options;
      const asked = { stage, status, q: search, deleted, conflict, behind, awaitsConfirmation: unconfirmed };
      const query = Object.fromEntries(
        Object.entries(asked).flatMap(([name, value]) => (value === undefined ? [] : [[name, `${value}`]])),
      );
      const items = await Array.fromAsync(api.list(path, { params: { query: { limit: 1_000, ...query } } }));
      const rows = items.map((one) => [
        ...[
          `${one.id}`,
          one.filename,
          `${one.status}${one.awaitsConfirmation ? ', deleted: to confirm' : ''}`,
          one.serves ?? '-',
        ],
        ...stages.map((name) => shortHead(one.heads[name])),
        one.sizeBytes === null ? '-' : humanSize(one.sizeBytes),
      ]);
      printList(terminal, ['ID', 'NAME', 'STATUS', 'SERVES', 'DEV', 'TEST', 'PROD', 'SIZE'], rows, 'no packages');
      return { items };
    },
  }),
  remoteCommand({
    name: 'packages show',
    summary: 'what one is in each stage',
    operand: shared.package,
    async run(api, { operand }, terminal) {
      const { print } = terminal;
      const shown = await packageOf(api, operand);
      print(printable(summaryOf(shown)));
      const rows = stages.flatMap((stage) => {
        const head = shown.heads[stage];
        if (head === null) return [[stage, '-', '-', '-', '-', '-', '-', '-']];
        const { sha256, sizeBytes, status, changedAt, changedBy, changedByName, actor, act, conflict } = head;
        const size = sizeBytes === null ? '-' : humanSize(sizeBytes);
        const done = [changedAt, actor, changedByName ?? changedBy, conflict ? `${act}, in conflict` : act];
        return [[stage, status ?? '-', size, ...done, sha256 ?? '-']];
      });
      printTable(terminal, ['STAGE', 'STATUS', 'SIZE', 'SINCE', 'BY', 'AT SERVER', 'ACT', 'SHA-256'], rows);
      for (const { sha256, since } of shown.leaving) print(`${shortSha(sha256 ?? '')}: ${leavingReason}. Since ${since}.`);
      for (const { sha256, letGoAt, holder } of shown.letGo) {
        print(
          printable(`${shortSha(sha256 ?? '')}: not served here since ${letGoAt}: ${holder.name} has said that it holds it.`),
        );
      }
      return shown;
    },
  }),
  remoteCommand({
    name: 'packages revisions',
    summary: 'what its stages have and had, newest first',
    operand: shared.package,
    async run(api, { operand }, terminal) {
      const { id } = await packageOf(api, operand);
      const params = { path: { id }, query: { limit: 1_000 } };
      const items = await Array.fromAsync(api.list('/api/v1/packages/{id}/revisions', { params }));
      const rows = items.map(({ stage, changedAt, changedBy, changedByName, actor, act, sizeBytes, sha256, ...is }) => {
        const where = is.trashedAt === null ? (is.isHere ? 'here' : '-') : `trash since ${is.trashedAt}`;
        const done = [changedAt, actor, changedByName ?? changedBy, act];
        return [stage, is.stands ? 'stands' : 'former', ...done, humanSize(sizeBytes), where, sha256];
      });
      printTable(terminal, ['STAGE', 'IS', 'SINCE', 'BY', 'AT SERVER', 'ACT', 'SIZE', 'BYTES', 'SHA-256'], rows);
      return { items };
    },
  }),
  remoteCommand({
    name: 'packages compare',
    summary: 'what two contents that it has or had share',
    details: 'A content is named by its stage, by its SHA-256, or by so many of the first digits that no other has them.',
    operand: shared.package,
    options: {
      from: { about: 'the one content', value: 'STAGE|SHA256', required: true },
      to: {
        about: 'the other one, of which sites that hold the first need what it does not have',
        value: 'STAGE|SHA256',
        required: true,
      },
    },
    examples: {
      'packages compare NoMAD.pkg --from Prod --to Dev': 'how much of what is tried at Dev sites those of Prod have already',
    },
    async run(api, { operand, options }, { print }) {
      const shown = await packageOf(api, operand);
      const [from = '', to = ''] = [await digestOf(api, shown, options.from), await digestOf(api, shown, options.to)];
      const params = { path: { id: shown.id }, query: { from, to } };
      const compared = await api.get('/api/v1/packages/{id}/compare', { params });
      for (const [what, one] of [['from', compared.from] as const, ['to', compared.to] as const]) {
        print(`${what.padEnd(4)}  ${one.sha256}  ${humanSize(one.sizeBytes)}`);
      }
      const { shared: common } = compared;
      if (common === null)
        print(
          'What they share is not known: this server does not hold verified bytes of both, or still makes their lists of chunks.',
        );
      else {
        const { chunks, ofChunks, bytes } = common;
        const rest = humanSize(compared.to.sizeBytes - bytes);
        print(`${chunks} of the ${ofChunks} chunks of "to" are in "from" too: ${humanSize(bytes)} are shared, ${rest} are not.`);
      }
      return compared;
    },
  }),
  remoteCommand({
    name: 'packages trash',
    summary: 'what lies in the trash of this server, and until when',
    details: 'By package. `packages restore` with `--stage` and `--sha256` brings one of them back.',
    examples: { 'packages trash --json': 'with the SHA-256 of each, for a script' },
    async run(api, _input, terminal) {
      const items = await Array.fromAsync(api.list('/api/v1/trash', { params: { query: { limit: 1_000 } } }));
      const rows = items.map(({ package: { id, filename }, sizeBytes, trashedAt, leavesAt, sha256 }) => [
        ...[`${id}`, filename, humanSize(sizeBytes), trashedAt, leavesAt, sha256],
      ]);
      printList(terminal, ['ID', 'NAME', 'SIZE', 'SINCE', 'UNTIL', 'SHA-256'], rows, 'nothing in the trash');
      return { items };
    },
  }),
  remoteCommand({
    name: 'packages history',
    summary: 'what happened to it, newest first',
    operand: shared.package,
    async run(api, { operand }, terminal) {
      const { id } = await packageOf(api, operand);
      const params = { path: { id }, query: { limit: 1_000 } };
      const items = await Array.fromAsync(api.list('/api/v1/packages/{id}/history', { params }));
      const rows = items.map(({ recordedAt, type, actor, changedBy, changedByName, data }) => [
        ...[recordedAt, type, actor, changedByName ?? changedBy ?? '-', reasonOf(type, data)],
      ]);
      printTable(terminal, ['AT', 'EVENT', 'BY', 'AT SERVER', 'REASON'], rows);
      return { items };
    },
  }),
];

/** The SHA-256 of a content, as it is named. @throws UsageFault where it names none, or several */
async function digestOf(api: Pick<ApiClient, 'list'>, { id, filename, heads }: Package, named: string): Promise<string> {
  const stage = stages.find((one) => one === named);
  if (stage !== undefined) {
    const has = heads[stage]?.sha256;
    if (typeof has === 'string') return has;
    throw new UsageFault(printable(`${filename} has nothing in ${stage}`));
  }
  const digits = named.toLowerCase();
  if (!/^[0-9a-f]{6,64}$/.test(digits)) {
    throw new UsageFault(
      printable(`${JSON.stringify(named)} is none of ${stages.join(', ')}, and not the first 6 to 64 digits of a SHA-256`),
    );
  }
  if (digits.length === 64) return digits;
  const params = { path: { id }, query: { limit: 1_000 } };
  const all = await Array.fromAsync(api.list('/api/v1/packages/{id}/revisions', { params }));
  const found = new Set(all.map(({ sha256 }) => sha256).filter((sha256) => sha256.startsWith(digits)));
  const [only] = found;
  if (only !== undefined && found.size === 1) return only;
  const many = found.size === 0 ? 'no content' : `${found.size} contents`;
  throw new UsageFault(printable(`${many} of ${filename}: ${digits}; see odst packages revisions ${id}`));
}

/** Why it happened: in the admin's words, or because of another server. */
function reasonOf(type: string, data: HistoryEntry['data']): string {
  const { change, holderName } = data as { readonly change?: { readonly reason?: string }; readonly holderName?: string };
  if (type === 'PackageLeaving') return leavingReason;
  return type === 'PackageLetGo' ? `${holderName ?? ''} has said that it holds it` : change?.reason || '-';
}

/** The package of an id or a file name, also a deleted one. @throws ApiProblem CATALOG_PACKAGE_UNKNOWN */
export async function packageOf(api: Pick<ApiClient, 'get'>, reference: string): Promise<Package> {
  return await api.get('/api/v1/packages/{id}', { params: { path: { id: reference } } });
}

/** A package in one line. */
export function summaryOf({ id, filename, version, status, serves, heads, awaitsConfirmation, trash, leaving }: Package): string {
  const has = stages.map((stage) => `${stage} ${shortHead(heads[stage])}`).join(', ');
  const served = serves === null ? '' : `, this server serves ${serves}`;
  const waits = awaitsConfirmation
    ? `; deleted at another server, and served here until you confirm: odst packages confirm ${id}`
    : '';
  const trashed = trash === 0 ? '' : `; ${trash} in the trash`;
  const leaves = leaving.length === 0 ? '' : '; kept here until another server holds it';
  return `${filename} (${id}), version ${version}: ${status}${served}; ${has}${waits}${leaves}${trashed}`;
}

/** The first digits of a content's SHA-256. */
export function shortSha(sha256: string): string {
  return sha256.slice(0, 12);
}

function shortHead(head: Package['heads']['Prod']): string {
  if (head === null) return '-';
  return `${head.sha256 === null ? '-' : shortSha(head.sha256)}${head.conflict ? '!' : ''}`;
}
