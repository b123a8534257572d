import { remoteCommand, shared } from './command.ts';
import { packageOf, shortSha } from './packages.ts';
import { printTable } from './terminal.ts';

/** Heads that a list shows; the worst ones. */
const mostShown = 50;

/** The commands about which servers hold what. */
export const coverageCommands = [
  remoteCommand({
    name: 'coverage list',
    summary: 'how much each server holds, and the packages that most servers lack',
    async run(api, _input, terminal) {
      const { print } = terminal;
      const answer = await api.get('/api/v1/coverage', { params: { query: { sort: 'worst', limit: mostShown } } });
      const { items, next, sites } = answer;
      const servers = sites.map(({ name, stage, isHeard, heardAt, held, of }) => {
        return [name, stage, isHeard ? `${held} of ${of}` : `unknown, of ${of}`, heardAt ?? 'never'];
      });
      printTable(terminal, ['SERVER', 'STAGE', 'HOLDS', 'HEARD OF'], servers);
      const lacking = items.filter(({ held, of }) => held < of);
      print('');
      if (lacking.length === 0) print('every server holds all that it is to hold');
      else {
        const rows = lacking.map(({ id, filename, stage, sha256, held, unknown, of }) => {
          return [`${id}`, filename, stage, `${held} of ${of}`, unknown === 0 ? '-' : `${unknown}`, shortSha(sha256)];
        });
        printTable(terminal, ['ID', 'NAME', 'STAGE', 'HELD', 'UNKNOWN', 'SHA-256'], rows);
        if (next !== null && lacking.length === items.length) print('and more: GET /api/v1/coverage');
      }
      return answer;
    },
  }),
  remoteCommand({
    name: 'coverage show',
    summary: 'every server that is to hold a package, and whether it does',
    operand: shared.package,
    async run(api, { operand }, terminal) {
      const { print } = terminal;
      const { id, filename } = await packageOf(api, operand);
      const answer = await api.get('/api/v1/packages/{id}/coverage', { params: { path: { id } } });
      if (answer.items.length === 0) print(`${filename} has no content in any stage`);
      for (const { stage, sha256, held, of, sites } of answer.items) {
        print(`${filename} in ${stage} (${shortSha(sha256)}): ${held} of ${of} servers hold it`);
        const rows = sites.map(({ name, state, since, heardAt, reason, nextTryAt }) => {
          const next = nextTryAt === null ? '' : `; next try ${nextTryAt}`;
          return [name, state, since ?? '-', heardAt ?? 'never', reason === null ? '-' : `${reason}${next}`];
        });
        printTable(terminal, ['SERVER', 'STATE', 'SINCE', 'HEARD OF', 'WHY'], rows);
      }
      return answer;
    },
  }),
];
