import type { Answer } from '@odst/api-client';
import { printable } from '@odst/kernel';
import { remoteCommand } from './command.ts';
import { ServerFault } from './status.ts';
import { printAll, printList } from './terminal.ts';

type Outcome = Answer<'/api/v1/dead-letters/{id}/retry', 'post'>;

const letterId = {
  name: 'id',
  about: 'the id of a dead letter, as catalog-7, that dead-letters list shows',
  form: /^[a-z]+-[1-9]\d{0,14}$/,
};

/** The commands about dead letters. */
export const deadLetterCommands = [
  remoteCommand({
    name: 'dead-letters list',
    summary: 'the messages that a consumer could not handle, and how many wait behind each',
    options: { skipped: { about: 'those that were done without, and who decided that when and why' } },
    async run(api, { options: { skipped } }, terminal) {
      const state = skipped === undefined ? {} : ({ state: 'skipped' } as const);
      const items = await Array.fromAsync(api.list('/api/v1/dead-letters', { params: { query: { limit: 1_000, ...state } } }));
      if (skipped === undefined) {
        const head = ['ID', 'CONSUMER', 'EVENT', 'EVENT ID', 'KEY', 'TRIES', 'WAITING', 'SINCE', 'FAILURE'];
        const rows = items.map((letter) => {
          const { id, consumer, eventType, eventId, key, attempts, waiting, parkedAt, failure } = letter;
          return [id, consumer, eventType, eventId, key, `${attempts}`, `${waiting}`, parkedAt, failure ?? '-'];
        });
        printList(terminal, head, rows, 'no dead letters');
      } else {
        const head = ['ID', 'CONSUMER', 'EVENT', 'EVENT ID', 'KEY', 'BY', 'AT', 'REASON'];
        const rows = items.map(({ id, consumer, eventType, eventId, key, skipped: how }) => [
          ...[id, consumer, eventType, eventId, key, how?.by ?? '-', how?.at ?? '-', how?.reason ?? '-'],
        ]);
        printList(terminal, head, rows, 'no skipped dead letters');
      }
      return { items };
    },
  }),
  remoteCommand({
    name: 'dead-letters show',
    summary: 'all that is known of one, with its event',
    operand: letterId,
    async run(api, { operand: id }, terminal) {
      const letter = await api.get('/api/v1/dead-letters/{id}', { params: { path: { id } } });
      printAll(terminal, letter);
      return letter;
    },
  }),
  remoteCommand({
    name: 'dead-letters retry',
    summary: 'handles it and what waits behind it, in order',
    operand: letterId,
    isAct: true,
    async run(api, { operand: id }, { print }) {
      const outcome = await api.post('/api/v1/dead-letters/{id}/retry', { params: { path: { id } } });
      print(printable(resultOf(outcome)));
      return outcome;
    },
  }),
  remoteCommand({
    name: 'dead-letters skip',
    summary: 'does without it, and handles what waits behind it',
    operand: letterId,
    options: { reason: { about: 'why, which is kept', value: 'TEXT', required: true } },
    isAct: true,
    async run(api, { operand: id, options: { reason } }, { print }) {
      const outcome = await api.post('/api/v1/dead-letters/{id}/skip', { params: { path: { id } }, body: { reason } });
      print(`${outcome.id}: skipped`);
      print(printable(resultOf(outcome)));
      return outcome;
    },
  }),
];

/** @throws ServerFault where a letter failed again */
function resultOf({ id, handled, running, failed, left }: Outcome): string {
  if (running) return `${id}: the messages of the key are still being handled; list shows what is left`;
  if (left !== null) return `${id}: ${handled} handled; what else waits was left for now, list shows it: ${left}`;
  if (failed === null) return `${id}: ${handled} handled, and its key is free`;
  throw new ServerFault(`${failed.id}: failed again after ${handled} handled, try ${failed.attempts}: ${failed.failure}`);
}
