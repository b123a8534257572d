import { createEventValidator } from '@odst/testing/event-validator';
import { expect } from 'vitest';
import { parse } from 'yaml';
import type { FeedPage } from './admin-client.ts';
import type { Server } from './server-process.ts';

/**
 * Reads the whole event feed of a server, as an integrator would, and holds each event to the AsyncAPI document that the server
 * itself serves, and its payload's schema to the name that the event gives it.
 * @returns how many events there were
 * @throws Error that names each event that breaks the document, and how
 */
export async function checkFeed(server: Pick<Server, 'url' | 'admin'>): Promise<number> {
  const validator = createEventValidator(parse(await textAt(`${server.url}/api/asyncapi.yaml`)));
  const broken: string[] = [];
  const schemas = new Set<string>();
  let count = 0;
  for (let after = '0'; ; ) {
    const { items, next } = await server.admin.events(after);
    for (const event of items) {
      schemas.add(event.dataschema);
      broken.push(...validator.feedProblems(event).map((problem) => `${event.type} ${event.feedsequence}: ${problem}`));
    }
    count += items.length;
    if (items.length === 0) break;
    after = next;
  }
  for (const name of schemas) {
    const schema = JSON.parse(await textAt(`${server.url}/api/schemas/${name}`));
    if (schema.$id !== name) broken.push(`${name} leads to ${schema.$id}`);
  }
  if (broken.length > 0)
    throw new Error(`the feed of ${server.url} has what its AsyncAPI document does not allow:\n${broken.join('\n')}`);
  return count;
}

async function textAt(url: string): Promise<string> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return answer.text();
}

/** Each service's events stand in the feed once and in their order, from the first one on. */
export function expectWholeFeed(items: FeedPage['items']): void {
  const byService = Map.groupBy(items, ({ type }) => type.split('.')[2] ?? '');
  expect([...byService.keys()]).toEqual(expect.arrayContaining(['registration', 'catalog', 'storage']));
  for (const [service, events] of byService) {
    const sequences = events.map(({ sequence }) => Number(sequence));
    expect([service, sequences]).toEqual([service, sequences.map((_, index) => index + 1)]);
  }
  expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
}
