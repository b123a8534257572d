import type {
  HistoryEntry,
  ListHistoryRequest,
  ListHistoryResponse,
  ListRevisionsRequest,
  ListRevisionsResponse,
  PackageChange,
  Revision,
} from '@odst/contracts/catalog';
import type { EventStore, RecordedEvent } from '@odst/event-store';
import { OdstError } from '@odst/kernel';
import { canonicalText, changedAt } from '../domain/change.ts';
import type { Package } from '../domain/package.ts';
import { packageStream } from '../domain/package-identity.ts';
import { isSealOf } from '../domain/sealing.ts';
import type { PackageRows } from './ports.ts';
import { packageEventCodec } from './streams.ts';

/** What became of a package, out of its events. Both throw CATALOG_PACKAGE_UNKNOWN; deleted packages are known. */
export interface ReadHistory {
  /** The contents that its heads have and had, newest first. */
  revisions(request: ListRevisionsRequest): Promise<ListRevisionsResponse>;
  /** Its events, newest first. */
  events(request: ListHistoryRequest): Promise<ListHistoryResponse>;
}

/** Builds the queries. */
export function createReadHistory({ rows, store }: { readonly rows: PackageRows; readonly store: EventStore }): ReadHistory {
  const load = async (id: number) => {
    await rows.caughtUp();
    const found = (await rows.byId(id))?.package;
    if (found === undefined) throw new OdstError('CATALOG_PACKAGE_UNKNOWN', `there is no package ${id}`, { id });
    return { state: found, events: await store.readStream(packageStream(found.uuid)) };
  };
  return {
    async revisions({ id }) {
      const { state, events } = await load(id);
      const revisions = changesOf(events).flatMap((change) => revisionsOf(change, state));
      return { revisions: revisions.toSorted((one, other) => timeOf(other) - timeOf(one)) };
    },
    async events({ id }) {
      const { events } = await load(id);
      return { entries: events.map(historyEntry).toReversed() };
    },
  };
}

/** The changes that the events added, each once, with the manifests that were made later. */
function changesOf(events: readonly RecordedEvent[]): readonly PackageChange[] {
  const changes = new Map<string, PackageChange>();
  for (const event of events.filter((one) => packageEventCodec.reads(one))) {
    const { type, data } = packageEventCodec.decode(event);
    if (type === 'PackageSealed') {
      const { sealed } = data;
      for (const [text, change] of changes) if (sealed !== undefined && isSealOf(sealed, change)) changes.set(text, sealed);
    } else if ('change' in data && data.change !== undefined) {
      changes.set(canonicalText(data.change), data.change);
    }
  }
  return [...changes.values()];
}

function revisionsOf(change: PackageChange, state: Package): readonly Revision[] {
  return change.sets.flatMap(({ stage, content }): readonly Revision[] => {
    if (content === undefined) return [];
    const head = state.heads.find((candidate) => candidate.stage === stage);
    const { act, actor, iss, reason } = change;
    return [
      {
        stage,
        content,
        ...{ act, actor, reason },
        changedBy: iss,
        changedAt: changedAt(change),
        stands: head?.claims[0]?.change.stamp === change.stamp && head.claims[0].change.iss === iss,
        isHere: state.here.includes(content.sha256),
        trashedAt: state.trash.find((one) => one.content.sha256 === content.sha256)?.trashedAt,
      },
    ];
  });
}

function historyEntry(event: RecordedEvent): HistoryEntry {
  const [change] = changesOf([event]);
  return {
    eventId: event.id,
    type: event.type,
    recordedAt: event.recordedAt,
    actor: change?.actor ?? event.metadata.actor,
    changedBy: change?.iss ?? '',
    data: JSON.stringify(event.data),
  };
}

function timeOf({ changedAt: at }: Revision): number {
  return at?.getTime() ?? 0;
}
