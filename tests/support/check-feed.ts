import { eventually } from '@odst/testing';
import { createEventValidator, type EventValidator } from '@odst/testing/event-validator';
import { parse } from 'yaml';
import type { AdminClient } from './admin-client.ts';

/** A server, in whatever shape it runs. */
type Checked = { readonly url: string; readonly admin: AdminClient };

/** Of a server that stops: a test that makes more of them has made enough of each kind before. */
const maxEventsAtStop = 5_000;
/** Answers of a proxy and of the gateway for somebody who is away. */
const away = [502, 503];
/** That of a gateway whose services took longer than it waits, as on a busy machine: it is asked again. */
const tooSlow = 504;
/** By document: making one takes longer than checking a thousand events. */
const validators = new Map<string, EventValidator>();
/** What servers serve of the contract, by path: the same on each of a version, so the first one that is asked answers for all of a test file. */
const contract = new Map<string, string>();

/**
 * Reads the event feed of a server, as an integrator would, and holds each event to the AsyncAPI document that it, or another one
 * of the test file, serves, and its payload's schema to the name that the event gives it.
 * @param maxEvents after so many it ends with the page. Default: the whole feed
 * @returns how many events there were
 * @throws Error that names each event that breaks the document, and how
 */
export async function checkFeed(server: Checked, maxEvents = Number.POSITIVE_INFINITY): Promise<number> {
  const document = await contractAt(server, '/api/asyncapi.yaml');
  const validator = validators.get(document) ?? createEventValidator(parse(document));
  validators.set(document, validator);
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
    if (items.length === 0 || count >= maxEvents) break;
    after = next;
  }
  for (const name of schemas) {
    const schema = JSON.parse(await contractAt(server, `/api/schemas/${name}`));
    if (schema.$id !== name) broken.push(`${name} leads to ${schema.$id}`);
  }
  if (broken.length > 0)
    throw new Error(`the feed of ${server.url} has what its AsyncAPI document does not allow:\n${broken.join('\n')}`);
  return count;
}

/**
 * The same for a server that is about to stop, up to 5,000 events. One whose database or services are away cannot tell; what it
 * published is told when it is started again.
 */
export async function checkFeedAtStop(server: Checked): Promise<void> {
  const status = await eventually(async () => {
    const answer = await server.admin.send('/api/v1/events?after=0&limit=1');
    await answer.arrayBuffer();
    return answer.status !== tooSlow && answer.status;
  }, 60_000);
  if (!away.includes(status)) await checkFeed(server, maxEventsAtStop);
}

async function contractAt({ url }: Checked, path: string): Promise<string> {
  const known = contract.get(path);
  if (known !== undefined) return known;
  const answer = await fetch(`${url}${path}`);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url}${path}: ${answer.status} ${text}`);
  contract.set(path, text);
  return text;
}
