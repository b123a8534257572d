import { readAudit, routeOf } from '@odst/api';
import { createSemaphore } from '@odst/async';
import type { Refusal } from '@odst/contracts/registration';
import type { HttpApp } from '@odst/http';
import { type Caller, OdstError } from '@odst/kernel';
import { principalOf } from '../../admission.ts';
import type { Clients, EventServiceName } from '../../clients.ts';
import type { FeedEvent } from '../../events-feed/event-feed.ts';
import type { RouteDeps } from '../../route-deps.ts';
import { textOrNull, timeOf } from '../../wire.ts';

/** Higher than any number of an event or a refusal that there will be. */
const newest = 10n ** 18n - 1n;
/** Addresses that are looked up at the same time. */
const addressPermits = 8;

/** `GET /api/v1/audit`: the acts of people out of the event feed, and what they were refused out of registration, by time. */
export function auditRoutes(app: HttpApp, { clients, feed }: RouteDeps): void {
  app.route({
    ...routeOf(readAudit),
    handler: async (request) => {
      const { after, limit, actor = '', q: text = '', type, outcome } = request.query;
      const caller = principalOf(request);
      const [beforeEvent = 0n, beforeId = 0n] = (after ?? firstOf(outcome)).split('.').map(BigInt);
      const times = { since: momentOf('since', request.query.since), until: momentOf('until', request.query.until) };
      const names = type === undefined ? [] : [type];
      const acts = beforeEvent === 0n ? none : await feed.readActs({ before: beforeEvent, limit, actor, text, names, ...times });
      const action = type === 'login' ? '' : type;
      const wanted = { beforeId, limit, actor, query: text, action, ...times };
      const { refusals } = beforeId === 0n ? none : await clients.access.listRefusals(wanted, { caller });
      const shown = newestOf(acts.items, refusals, limit);
      const shownActs = shown.flatMap(({ act }) => act ?? []);
      const shownRefusals = shown.flatMap(({ refusal }) => refusal ?? []);
      const nextEvent = shownActs.length < acts.items.length ? (sequenceOf(shownActs.at(-1)) ?? beforeEvent) : acts.next;
      const refusalsLeft = shownRefusals.length < refusals.length || refusals.length === limit;
      const nextId = refusalsLeft ? (shownRefusals.at(-1)?.id ?? beforeId) : 0n;
      const addresses = new Map(
        (await addressesOf(clients, caller, shownActs)).map((address, index) => [shownActs[index], address]),
      );
      const items = shown.map(({ act, refusal }) =>
        act === undefined ? refusalEntry(refusal) : actEntry(act, addresses.get(act) ?? ''),
      );
      return { items, next: nextEvent === 0n && nextId === 0n ? null : `${nextEvent}.${nextId}` };
    },
  });
}

/** Where the first page begins: at the newest of both, or of one of them alone. */
function firstOf(outcome: 'done' | 'refused' | undefined): string {
  const [acts, refusals] = [outcome === 'refused' ? 0n : newest, outcome === 'done' ? 0n : newest];
  return `${acts}.${refusals}`;
}

/** @throws OdstError COMMON_REQUEST_INVALID for a day that there is not, as the 31st of June */
function momentOf(name: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const moment = new Date(text);
  if (!Number.isNaN(moment.getTime())) return moment;
  throw new OdstError('COMMON_REQUEST_INVALID', `${name} is no point in time`, { pointer: `/${name}` });
}

const none = { items: [], next: 0n, refusals: [] };

function sequenceOf(event: FeedEvent | undefined): bigint | undefined {
  return event === undefined ? undefined : BigInt(event.feedsequence);
}

type Shown = { readonly act: FeedEvent; readonly refusal?: never } | { readonly act?: never; readonly refusal: Refusal };

/**
 * The newest of both lists, each of which keeps its order: that of the feed for acts, whose services finish at different speeds. Sorting
 * a page by time would make the order of entries depend on where pages end.
 */
function newestOf(acts: readonly FeedEvent[], refusals: readonly Refusal[], limit: number): readonly Shown[] {
  const shown: Shown[] = [];
  for (let [first, second] = [0, 0]; shown.length < limit; ) {
    const [act, refusal] = [acts[first], refusals[second]];
    if (act !== undefined && (refusal === undefined || act.time >= timeOf(refusal.firstAt))) {
      shown.push({ act });
      first += 1;
    } else if (refusal !== undefined) {
      shown.push({ refusal });
      second += 1;
    } else break;
  }
  return shown;
}

/** Where acts came from: their services keep it, and publish it nowhere. */
async function addressesOf(clients: Clients, caller: Caller, acts: readonly FeedEvent[]): Promise<readonly string[]> {
  const semaphore = createSemaphore(addressPermits);
  const addressOf = async ({ type, sequence, id }: FeedEvent): Promise<string> => {
    using _permit = await semaphore.acquire();
    const service = /^org\.odst\.([a-z]+)\./.exec(type)?.[1] as EventServiceName | undefined;
    const events = service === undefined ? undefined : clients.events[service];
    if (events === undefined) return '';
    const wanted = { afterPosition: BigInt(sequence) - 1n, follow: false, limit: 1 };
    for await (const { event } of events.readEvents(wanted, { caller, timeoutMs: 10_000 })) {
      if (event?.id === id) return event.metadata?.remoteAddress ?? '';
    }
    return '';
  };
  return Promise.all(acts.map(addressOf));
}

const ofRefusals = { code: null, method: null, path: null };
const ofActs = { subject: null, eventId: null };

function actEntry({ time, actor, type, subject, id }: FeedEvent, remoteAddress: string) {
  const what = type.split('.').at(-2) ?? type;
  const who = { actor, remoteAddress: textOrNull(remoteAddress) };
  return { kind: 'act' as const, at: time, lastAt: null, count: 1, ...who, what, subject, eventId: id, ...ofRefusals };
}

function refusalEntry({ actor, remoteAddress, code, action, method, path, count, firstAt, lastAt }: Refusal) {
  const who = { actor: textOrNull(actor), remoteAddress: textOrNull(remoteAddress) };
  const times = { at: timeOf(firstAt), lastAt: timeOf(lastAt), count: Number(count) };
  return { kind: 'refusal' as const, ...times, ...who, what: action === '' ? 'login' : action, code, method, path, ...ofActs };
}
