import type { Api } from './api.ts';
import { packageOf, shortSha } from './packages.ts';
import { type Terminal, tableLines } from './terminal.ts';

type Site = {
  readonly name: string;
  readonly state: string;
  readonly since: string | null;
  readonly reason: string | null;
  readonly nextTryAt: string | null;
  readonly heardAt: string | null;
};

type Covered = { readonly stage: string; readonly sha256: string; readonly held: number; readonly of: number };

type Counts = {
  readonly items: readonly (Covered & { readonly id: number; readonly filename: string; readonly unknown: number })[];
  readonly next: string | null;
  readonly sites: readonly {
    readonly name: string;
    readonly stage: string;
    readonly isHeard: boolean;
    readonly heardAt: string | null;
    readonly held: number;
    readonly of: number;
  }[];
};

/** Heads that a list shows; the worst ones. */
const mostShown = 50;

/** `odst coverage list`: how much each server holds, then the heads that most servers lack. */
export async function listCoverage(api: Api, { print }: Terminal): Promise<void> {
  const { items, next, sites } = (await api.send('GET', `/api/v1/coverage?sort=worst&limit=${mostShown}`)) as Counts;
  const servers = sites.map(({ name, stage, isHeard, heardAt, held, of }) => {
    return [name, stage, isHeard ? `${held} of ${of}` : `unknown, of ${of}`, heardAt ?? 'never'];
  });
  for (const line of tableLines(['SERVER', 'STAGE', 'HOLDS', 'HEARD OF'], servers)) print(line);
  const lacking = items.filter(({ held, of }) => held < of);
  print('');
  if (lacking.length === 0) return print('every server holds all that it is to hold');
  const rows = lacking.map(({ id, filename, stage, sha256, held, unknown, of }) => {
    return [`${id}`, filename, stage, `${held} of ${of}`, unknown === 0 ? '-' : `${unknown}`, shortSha(sha256)];
  });
  for (const line of tableLines(['ID', 'NAME', 'STAGE', 'HELD', 'UNKNOWN', 'SHA-256'], rows)) print(line);
  if (next !== null && lacking.length === items.length) print('and more: GET /api/v1/coverage');
}

/** `odst coverage show <id|name>`: every server of a package in each stage. */
export async function showCoverage(api: Api, reference: string, { print }: Terminal): Promise<void> {
  const { id, filename } = await packageOf(api, reference);
  const answer = await api.send('GET', `/api/v1/packages/${id}/coverage`);
  const { items } = answer as { readonly items: readonly (Covered & { readonly sites: readonly Site[] })[] };
  if (items.length === 0) print(`${filename} has no content in any stage`);
  for (const { stage, sha256, held, of, sites } of items) {
    print(`${filename} in ${stage} (${shortSha(sha256)}): ${held} of ${of} servers hold it`);
    const rows = sites.map(({ name, state, since, heardAt, reason, nextTryAt }) => {
      const next = nextTryAt === null ? '' : `; next try ${nextTryAt}`;
      return [name, state, since ?? '-', heardAt ?? 'never', reason === null ? '-' : `${reason}${next}`];
    });
    for (const line of tableLines(['SERVER', 'STATE', 'SINCE', 'HEARD OF', 'WHY'], rows)) print(line);
  }
}
