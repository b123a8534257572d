import { printable } from '@odst/kernel';
import type { Api } from './api.ts';
import { ServerFault, type Terminal, tableLines } from './terminal.ts';

/** A dead letter, as `GET /api/v1/dead-letters` tells it. */
type DeadLetter = {
  readonly id: string;
  readonly consumer: string;
  readonly eventId: string;
  readonly eventType: string;
  readonly key: string;
  readonly attempts: number;
  readonly failure: string | null;
  readonly parkedAt: string;
  readonly waiting: number;
  readonly skipped: { readonly by: string; readonly at: string; readonly reason: string } | null;
};

type Page = { readonly items: readonly DeadLetter[]; readonly next: string | null };

type Outcome = {
  readonly id: string;
  readonly handled: number;
  readonly running: boolean;
  readonly failed: { readonly id: string; readonly attempts: number; readonly failure: string } | null;
  readonly left: string | null;
};

const path = '/api/v1/dead-letters';

/** `odst dead-letters list`: a line for each parked key. */
export async function listDeadLetters(api: Api, { print }: Terminal): Promise<void> {
  const rows = (await allLetters(api, '')).map((letter) => {
    const { id, consumer, eventType, eventId, key, attempts, waiting, parkedAt, failure } = letter;
    return [id, consumer, eventType, eventId, key, `${attempts}`, `${waiting}`, parkedAt, failure ?? '-'];
  });
  const head = ['ID', 'CONSUMER', 'EVENT', 'EVENT ID', 'KEY', 'TRIES', 'WAITING', 'SINCE', 'FAILURE'];
  printList(head, rows, 'no dead letters', print);
}

/** `odst dead-letters list --skipped`: a line for each letter that was done without. */
export async function listSkippedLetters(api: Api, { print }: Terminal): Promise<void> {
  const rows = (await allLetters(api, '&state=skipped')).map(({ id, consumer, eventType, eventId, key, skipped }) => {
    return [id, consumer, eventType, eventId, key, skipped?.by ?? '-', skipped?.at ?? '-', skipped?.reason ?? '-'];
  });
  const head = ['ID', 'CONSUMER', 'EVENT', 'EVENT ID', 'KEY', 'BY', 'AT', 'REASON'];
  printList(head, rows, 'no skipped dead letters', print);
}

function printList(head: readonly string[], rows: readonly (readonly string[])[], none: string, print: Terminal['print']): void {
  for (const line of rows.length === 0 ? [none] : tableLines(head, rows)) print(line);
}

/** `odst dead-letters show <id>`: all that is known of one, with its event, as JSON. */
export async function showDeadLetter(api: Api, id: string, { print }: Terminal): Promise<void> {
  const letter = await api.send('GET', `${path}/${encodeURIComponent(id)}`);
  for (const line of JSON.stringify(letter, undefined, 2).split('\n')) print(printable(line));
}

async function allLetters(api: Api, query: string): Promise<readonly DeadLetter[]> {
  const letters: DeadLetter[] = [];
  let after = '';
  do {
    const { items, next } = (await api.send('GET', `${path}?limit=1000${query}${after}`)) as Page;
    letters.push(...items);
    after = next === null ? '' : `&after=${next}`;
  } while (after !== '');
  return letters;
}

/** `odst dead-letters retry <id>`. @throws ServerFault when it is refused, or a letter fails again */
export async function retryDeadLetter(api: Api, id: string, { print }: Terminal): Promise<void> {
  print(printable(resultOf((await api.send('POST', `${path}/${encodeURIComponent(id)}/retry`)) as Outcome)));
}

/** `odst dead-letters skip <id> --reason <text>`. @throws ServerFault when it is refused, or a letter behind it fails */
export async function skipDeadLetter(api: Api, id: string, reason: string, { print }: Terminal): Promise<void> {
  const outcome = (await api.send('POST', `${path}/${encodeURIComponent(id)}/skip`, { reason })) as Outcome;
  print(`${outcome.id}: skipped`);
  print(printable(resultOf(outcome)));
}

function resultOf({ id, handled, running, failed, left }: Outcome): string {
  if (running) return `${id}: the messages of the key are still being handled; list shows what is left`;
  if (left !== null) return `${id}: ${handled} handled; what else waits was left for now, list shows it: ${left}`;
  if (failed === null) return `${id}: ${handled} handled, and its key is free`;
  throw new ServerFault(`${failed.id}: failed again after ${handled} handled, try ${failed.attempts}: ${failed.failure}`);
}
