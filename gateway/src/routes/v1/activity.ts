import { activityKinds, listActivity, routeOf } from '@odst/api';
import type { HttpApp } from '@odst/http';
import { OdstError } from '@odst/kernel';
import { principalOf } from '../../admission.ts';
import { eventsOfKind, kindOf } from '../../events-feed/activity-kinds.ts';
import type { FeedEvent } from '../../events-feed/event-feed.ts';
import { eventName } from '../../events-feed/type-filter.ts';
import type { RouteDeps } from '../../route-deps.ts';
import { type ServerNames, serverNames } from '../../server-names.ts';
import { packageOf } from './package-resource.ts';

/** Higher than any number of an event that there will be. */
const newest = 10n ** 18n - 1n;

/** `GET /api/v1/activity`: what happened, the newest first, with the names of what it was about. */
export function activityRoutes(app: HttpApp, { clients, feed }: RouteDeps): void {
  app.route({
    ...routeOf(listActivity),
    handler: async (request) => {
      const { kind, package: reference, server = '', actor = '', after, limit } = request.query;
      const caller = principalOf(request);
      const names = (kind === undefined ? activityKinds : [kind]).flatMap((one) => eventsOfKind[one]);
      const wanted = { reference: reference ?? '', alsoDeleted: true };
      const found = reference === undefined ? undefined : packageOf(await clients.packages.getPackage(wanted, { caller }));
      const subject = found === undefined ? '' : `package-${found.uuid}`;
      const before = after === undefined ? newest : BigInt(after);
      const { items, next } = await feed.readActivity({ before, limit, names, subject, actor, text: server });
      const known = await serverNames(clients, caller, items.map(serverOf));
      return { items: items.map((event) => entry(event, known)), next: next === 0n ? null : next.toString() };
    },
  });
}

type Data = Readonly<Record<string, unknown>>;

/** What an event says of a name, in itself or in the change that it adds. */
function said({ data }: FeedEvent, name: string): string {
  const change = (data['change'] ?? {}) as Data;
  const value = (data as Data)[name] ?? change[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** The server that it is about, or where it was done. */
function serverOf(event: FeedEvent): string {
  return said(event, 'peerIss') || said(event, 'iss');
}

function packageIn(event: FeedEvent) {
  const filename = said(event, 'filename');
  if (filename === '') return null;
  const id = Number(said(event, 'packageId'));
  return { id: id === 0 ? null : id, filename };
}

function entry(event: FeedEvent, names: ServerNames) {
  const type = eventName(event.type);
  const kind = kindOf(type);
  if (kind === undefined) throw new OdstError('COMMON_INTERNAL', `the event ${type} has no kind`);
  const iss = serverOf(event);
  return {
    ...{ id: event.id, feedsequence: event.feedsequence, kind, type, at: event.time },
    ...{ actor: event.actor, subject: event.subject, package: packageIn(event) },
    server: iss === '' ? null : { iss, name: names.get(iss) ?? null },
    data: event.data as object,
  };
}
