import { humanSize, printable } from '@odst/kernel';
import type { Api } from './api.ts';
import { type Terminal, tableLines } from './terminal.ts';

/** A content, as the API tells it. */
export type Content = { readonly sha256: string; readonly sha1: string; readonly sizeBytes: number };

/** A package, as `GET /api/v1/packages/{id}` tells it. */
export type Package = {
  readonly id: number;
  readonly filename: string;
  readonly version: number;
  readonly heads: { readonly [Stage in (typeof stages)[number]]: Head | null };
  readonly serves: string | null;
  readonly status: string;
  readonly sha256: string | null;
  readonly sizeBytes: number | null;
  readonly awaitsConfirmation: boolean;
  readonly trash: number;
  readonly leaving: readonly { readonly sha256: string | null; readonly since: string }[];
  readonly letGo: readonly {
    readonly sha256: string | null;
    readonly letGoAt: string;
    readonly holder: { readonly name: string };
  }[];
};

type Head = {
  readonly sha256: string | null;
  readonly sizeBytes: number | null;
  readonly changedAt: string;
  readonly changedBy: string;
  readonly changedByName: string | null;
  readonly actor: string;
  readonly act: string;
  readonly status: string | null;
  readonly conflict: boolean;
};

type Revision = Content & {
  readonly stage: string;
  readonly changedAt: string;
  readonly changedBy: string;
  readonly changedByName: string | null;
  readonly actor: string;
  readonly act: string;
  readonly stands: boolean;
  readonly isHere: boolean;
  readonly trashedAt: string | null;
};

type HistoryEntry = {
  readonly type: string;
  readonly recordedAt: string;
  readonly actor: string;
  readonly changedBy: string | null;
  readonly changedByName: string | null;
  readonly data: { readonly change?: { readonly reason?: string }; readonly holderName?: string };
};

/** Why a server has what its stage does not admit. */
const leavingReason =
  'no stage that this server takes has it; kept and served until another server that takes it has said that it holds it';

/** The stages in ascending order. */
export const stages = ['Dev', 'Test', 'Prod'] as const;

const path = '/api/v1/packages';

/** Which packages a list has. */
export type ListFlags = {
  readonly stage?: string;
  readonly status?: string;
  readonly search?: string;
  readonly deleted?: boolean;
  readonly conflict?: boolean;
  readonly unconfirmed?: boolean;
};

/** `odst packages list`: a line for each. */
export async function listPackages(api: Api, flags: ListFlags, { print }: Terminal): Promise<void> {
  const { stage, status, search, deleted, conflict, unconfirmed: awaitsConfirmation } = flags;
  const query = Object.entries({ stage, status, q: search, deleted, conflict, awaitsConfirmation }).flatMap(([name, value]) =>
    value === undefined ? [] : [`&${name}=${encodeURIComponent(value)}`],
  );
  const rows = (await allItems<Package>(api, path, query.join(''))).map((one) => [
    ...[`${one.id}`, one.filename, `${one.status}${one.awaitsConfirmation ? ', deleted: to confirm' : ''}`, one.serves ?? '-'],
    ...stages.map((name) => shortHead(one.heads[name])),
    one.sizeBytes === null ? '-' : humanSize(one.sizeBytes),
  ]);
  const head = ['ID', 'NAME', 'STATUS', 'SERVES', 'DEV', 'TEST', 'PROD', 'SIZE'];
  for (const line of rows.length === 0 ? ['no packages'] : tableLines(head, rows)) print(line);
}

/** `odst packages show <id|name>`: what it is in each stage. */
export async function showPackage(api: Api, reference: string, { print }: Terminal): Promise<void> {
  const shown = await packageOf(api, reference);
  print(printable(summaryOf(shown)));
  const rows = stages.flatMap((stage) => {
    const head = shown.heads[stage];
    if (head === null) return [[stage, '-', '-', '-', '-', '-', '-', '-']];
    const { sha256, sizeBytes, status, changedAt, changedBy, changedByName, actor, act, conflict } = head;
    const size = sizeBytes === null ? '-' : humanSize(sizeBytes);
    const done = [changedAt, actor, changedByName ?? changedBy, conflict ? `${act}, in conflict` : act];
    return [[stage, status ?? '-', size, ...done, sha256 ?? '-']];
  });
  for (const line of tableLines(['STAGE', 'STATUS', 'SIZE', 'SINCE', 'BY', 'AT SERVER', 'ACT', 'SHA-256'], rows)) print(line);
  for (const { sha256, since } of shown.leaving) {
    print(`${shortSha(sha256 ?? '')}: ${leavingReason}. Since ${since}.`);
  }
  for (const { sha256, letGoAt, holder } of shown.letGo) {
    print(printable(`${shortSha(sha256 ?? '')}: not served here since ${letGoAt}: ${holder.name} has said that it holds it.`));
  }
}

/** `odst packages revisions <id|name>`: what the stages have and had, newest first. */
export async function listRevisions(api: Api, reference: string, { print }: Terminal): Promise<void> {
  const { id } = await packageOf(api, reference);
  const { items } = (await api.send('GET', `${path}/${id}/revisions`)) as { readonly items: readonly Revision[] };
  const rows = items.map(({ stage, changedAt, changedBy, changedByName, actor, act, sizeBytes, sha256, ...is }) => {
    const where = is.trashedAt === null ? (is.isHere ? 'here' : '-') : `trash since ${is.trashedAt}`;
    const done = [changedAt, actor, changedByName ?? changedBy, act];
    return [stage, is.stands ? 'stands' : 'former', ...done, humanSize(sizeBytes), where, sha256];
  });
  for (const line of tableLines(['STAGE', 'IS', 'SINCE', 'BY', 'AT SERVER', 'ACT', 'SIZE', 'BYTES', 'SHA-256'], rows))
    print(line);
}

/** `odst packages history <id|name>`: what happened to it, newest first. */
export async function listHistory(api: Api, reference: string, { print }: Terminal): Promise<void> {
  const { id } = await packageOf(api, reference);
  const { items } = (await api.send('GET', `${path}/${id}/history`)) as { readonly items: readonly HistoryEntry[] };
  const rows = items.map(({ recordedAt, type, actor, changedBy, changedByName, data }) => [
    ...[recordedAt, type, actor, changedByName ?? changedBy ?? '-', reasonOf(type, data)],
  ]);
  for (const line of tableLines(['AT', 'EVENT', 'BY', 'AT SERVER', 'REASON'], rows)) print(line);
}

/** Why it happened: in the admin's words, or because of another server. */
function reasonOf(type: string, { change, holderName }: HistoryEntry['data']): string {
  if (type === 'PackageLeaving') return leavingReason;
  return type === 'PackageLetGo' ? `${holderName ?? ''} has said that it holds it` : change?.reason || '-';
}

/** The package of an id or a file name, also a deleted one. @throws ServerFault when there is none */
export async function packageOf(api: Api, reference: string): Promise<Package> {
  return (await api.send('GET', `${path}/${encodeURIComponent(reference)}`)) as Package;
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

/** All items of a list, page after page. @param query further parameters, each with `&` before it */
export async function allItems<Item>(api: Api, list: string, query = ''): Promise<readonly Item[]> {
  const items: Item[] = [];
  let after = '';
  do {
    const page = (await api.send('GET', `${list}?limit=1000${query}${after}`)) as {
      readonly items: readonly Item[];
      readonly next: string | null;
    };
    items.push(...page.items);
    after = page.next === null ? '' : `&after=${encodeURIComponent(page.next)}`;
  } while (after !== '');
  return items;
}

function shortHead(head: Head | null): string {
  if (head === null) return '-';
  return `${head.sha256 === null ? '-' : shortSha(head.sha256)}${head.conflict ? '!' : ''}`;
}
