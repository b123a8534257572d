import type { ApiClient, components } from '@odst/api-client';
import { humanSize, printable } from '@odst/kernel';
import { remoteCommand, shared, stages } from './command.ts';
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
