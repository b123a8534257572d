import { printable } from '@odst/kernel';
import type { Api } from './api.ts';
import { type Effects, printEffects, printHowTo, quoted } from './package-acts.ts';
import { allItems, type Package, summaryOf } from './packages.ts';
import { type Terminal, tableLines, UsageFault } from './terminal.ts';

/** A conflict, as `GET /api/v1/conflicts` tells it. */
type Conflict = {
  readonly id: string;
  readonly package: { readonly filename: string };
  readonly contenders: readonly {
    readonly sha256: string | null;
    readonly server: string;
    readonly serverName: string | null;
    readonly changedAt: string;
    readonly actor: string;
    readonly act: string;
    readonly isHere: boolean;
    readonly wins: boolean;
  }[];
};

/** `odst conflicts list`: a line for each side of each conflict. */
export async function listConflicts(api: Api, { print }: Terminal): Promise<void> {
  const conflicts = await allItems<Conflict>(api, '/api/v1/conflicts');
  const rows = conflicts.flatMap(({ id, package: { filename }, contenders }) =>
    contenders.map(({ sha256, server, serverName, changedAt, actor, act, isHere, wins }) => [
      ...[id, filename, wins ? 'wins' : 'loses', act, serverName ?? server, actor, changedAt],
      ...[sha256 === null ? '-' : isHere ? 'here' : 'not here', sha256 ?? 'nothing'],
    ]),
  );
  const head = ['ID', 'NAME', 'NOW', 'ACT', 'AT SERVER', 'BY', 'SINCE', 'BYTES', 'SHA-256'];
  for (const line of rows.length === 0 ? ['no conflicts'] : tableLines(head, rows)) print(line);
}

/** `odst conflicts resolve <id> --keep <sha256>|nothing`: with `--yes`; without it tells what would change. */
export async function resolveConflict(
  api: Api,
  id: string,
  { keep = '', reason, yes }: { readonly keep?: string; readonly reason?: string; readonly yes?: boolean },
  terminal: Terminal,
): Promise<void> {
  if (keep !== 'nothing' && !/^[0-9a-f]{64}$/.test(keep)) {
    throw new UsageFault('--keep is a SHA-256 of 64 hex digits in lower case, as list shows it, or nothing');
  }
  const body = { keep: keep === 'nothing' ? null : keep, ...(reason === undefined ? {} : { reason }) };
  const path = `/api/v1/conflicts/${encodeURIComponent(id)}/resolve`;
  if (yes === true) {
    terminal.print(printable(summaryOf((await api.send('POST', path, body)) as Package)));
    return;
  }
  printEffects((await api.send('POST', `${path}?dryRun=true`, body)) as Effects, terminal);
  const why = reason === undefined ? '' : ` --reason ${quoted(reason)}`;
  printHowTo(`conflicts resolve ${quoted(id)} --keep ${keep}${why}`, terminal);
}
