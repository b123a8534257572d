import { printable } from '@odst/kernel';
import { type Input, remoteCommand, shared } from './command.ts';
import type { Api } from './connection.ts';
import { printEffects } from './package-acts.ts';
import { summaryOf } from './packages.ts';
import { UsageFault } from './status.ts';
import { printList } from './terminal.ts';

const options = {
  keep: {
    about: 'what stands from now on: one of the sides, as list shows it, or nothing',
    value: 'SHA256|nothing',
    required: true,
  },
  reason: shared.reason,
} as const;

/** The commands about conflicts. */
export const conflictCommands = [
  remoteCommand({
    name: 'conflicts list',
    summary: 'stages for which servers decided differently, with all sides',
    async run(api, _input, terminal) {
      const items = await Array.fromAsync(api.list('/api/v1/conflicts', { params: { query: { limit: 1_000 } } }));
      const rows = items.flatMap(({ id, package: { filename }, contenders }) =>
        contenders.map(({ sha256, server, serverName, changedAt, actor, act, isHere, wins }) => [
          ...[id, filename, wins ? 'wins' : 'loses', act, serverName ?? server, actor, changedAt],
          ...[sha256 === null ? '-' : isHere ? 'here' : 'not here', sha256 ?? 'nothing'],
        ]),
      );
      const head = ['ID', 'NAME', 'NOW', 'ACT', 'AT SERVER', 'BY', 'SINCE', 'BYTES', 'SHA-256'];
      printList(terminal, head, rows, 'no conflicts');
      return { items };
    },
  }),
  remoteCommand({
    name: 'conflicts resolve',
    summary: 'decides for all servers',
    operand: {
      name: 'id',
      about: 'the id of a conflict, as 7-Prod, that conflicts list shows',
      form: /^[1-9]\d{0,8}-(?:Dev|Test|Prod)$/,
    },
    options,
    isAct: true,
    async tell(api, input, terminal) {
      const answer = await resolve(api, input, true);
      if ('effects' in answer) printEffects(answer, terminal);
      return { answer };
    },
    async run(api, input, { print }) {
      const answer = await resolve(api, input, false);
      if (!('effects' in answer)) print(printable(summaryOf(answer)));
      return answer;
    },
  }),
];

function resolve(api: Api, { operand: id, options: { keep, reason } }: Input<typeof options>, isDry: boolean) {
  if (keep !== 'nothing' && !/^[0-9a-f]{64}$/.test(keep)) {
    throw new UsageFault('--keep is a SHA-256 of 64 hex digits in lower case, as list shows it, or nothing');
  }
  const body = { keep: keep === 'nothing' ? null : keep, ...(reason === undefined ? {} : { reason }) };
  const query = isDry ? ({ query: { dryRun: 'true' } } as const) : {};
  return api.post('/api/v1/conflicts/{id}/resolve', { params: { path: { id }, ...query }, body });
}
