import type { EventStore } from '@odst/event-store';
import { foldedText, OdstError } from '@odst/kernel';
import { packageStatus, viewOf } from '../../src/app/package-view.ts';
import type { PackageEntry, PackageFilter, PackageOrder, PackageRows, WorkFilter } from '../../src/app/ports.ts';
import { recordDigest } from '../../src/app/record-digest.ts';
import { packageEventCodec } from '../../src/app/streams.ts';
import { awaitsConfirmation, evolvePackage, listedHead } from '../../src/domain/package.ts';
import { packageStream } from '../../src/domain/package-identity.ts';
import { unsealedContents } from '../../src/domain/sealing.ts';
import { contentsOf } from '../../src/projections/package-row.ts';

type Row = PackageEntry & { readonly changedAt: Date };

/** Stands in for the read model: folds the events of a memory store as they come. */
export function memoryRows(store: EventStore): PackageRows {
  const rows = new Map<string, Row>();
  let position = 0n;
  const catchUp = async (): Promise<void> => {
    for (const event of await store.readAll(position, 1_000_000)) {
      if (event.position <= position) continue;
      position = event.position;
      if (!event.stream.startsWith(packageStream('')) || !packageEventCodec.reads(event)) continue;
      const before = rows.get(event.stream);
      rows.set(event.stream, {
        package: evolvePackage(before?.package, packageEventCodec.decode(event)),
        version: event.version,
        createdAt: before?.createdAt ?? event.recordedAt,
        changedAt: event.recordedAt,
      });
    }
  };
  const all = async (): Promise<readonly Row[]> => {
    await catchUp();
    return [...rows.values()].toSorted((a, b) => a.package.packageId - b.package.packageId);
  };
  const byUuids = async (uuids: readonly string[]): Promise<readonly Row[]> => {
    await catchUp();
    return uuids.flatMap((uuid) => rows.get(packageStream(uuid)) ?? []);
  };
  return {
    caughtUp: async () => true,
    async list(filter, order, { after, limit }) {
      const found = (await all()).filter((entry) => isListed(entry, filter)).toSorted(comparison(order));
      const ids = found.map((entry) => entry.package.packageId);
      if (after !== '' && !ids.includes(Number(after))) throw new OdstError('COMMON_REQUEST_INVALID', 'no cursor of this list');
      const from = after === '' ? 0 : ids.indexOf(Number(after)) + 1;
      const items = found.slice(from, from + limit).map(viewOf);
      return { items, next: from + limit < found.length ? String(items.at(-1)?.id) : '' };
    },
    count: async (filter) => (await all()).filter((entry) => isListed(entry, filter)).length,
    heads: async (after, limit) => {
      const views = (await all()).map(viewOf).filter(({ id, status }) => status !== 'Deleted' && id > after);
      return views.slice(0, limit).map(({ id, filename, heads }) => ({
        ...{ id, filename },
        heads: heads.flatMap(({ stage, content }) => (content === undefined ? [] : [{ stage, ...content }])),
      }));
    },
    trashed: async () => {
      const trash = (await all()).flatMap((entry) => entry.package.trash);
      const sizes = new Map(trash.map(({ content: { sha256, sizeBytes } }) => [sha256, sizeBytes]));
      const since = trash.map(({ trashedAt }) => trashedAt).sort((one, other) => +one - +other)[0];
      return { bytes: [...sizes.values()].reduce((sum, size) => sum + size, 0n), contents: sizes.size, since };
    },
    entries: async (filter, after, limit) =>
      (await all()).filter((entry) => entry.package.packageId > after && isWork(entry, filter)).slice(0, limit),
    byId: async (id) => (await all()).find((entry) => entry.package.packageId === id),
    byUuid: async (uuid) => (await byUuids([uuid]))[0],
    byUuids,
    recordDigests: async ({ prefix, after, limit, uuids }) =>
      (await all())
        .flatMap(({ package: { uuid, changes } }) => {
          const digest = recordDigest(changes);
          return digest === undefined ? [] : [{ uuid, digest }];
        })
        .filter(({ uuid }) => uuid > after && uuid.startsWith(prefix) && (uuids?.includes(uuid) ?? true))
        .toSorted((one, other) => (one.uuid < other.uuid ? -1 : 1))
        .slice(0, limit),
    namesContent: async (sha256) => (await all()).some(({ package: state }) => contentsOf(state).includes(sha256)),
  };
}

function isListed({ package: state }: PackageEntry, filter: PackageFilter): boolean {
  const { statuses, stage, listedStage, query, inConflict, inTrash, awaitingConfirmation, ids } = filter;
  return (
    (statuses === undefined ||
      statuses.includes(packageStatus(state)) ||
      (statuses.includes('Deleted') && state.heads.every(({ content }) => content === undefined))) &&
    (stage === undefined || state.heads.some((head) => head.stage === stage && head.content !== undefined)) &&
    (listedStage === undefined || listedHead(state)?.stage === listedStage) &&
    (query === undefined || foldedText(state.filename).includes(foldedText(query))) &&
    (!inConflict || state.heads.some(({ isConflicted }) => isConflicted)) &&
    (!inTrash || state.trash.length > 0) &&
    (!awaitingConfirmation || awaitsConfirmation(state)) &&
    (ids === undefined || ids.includes(state.packageId))
  );
}

function isWork({ package: state }: PackageEntry, filter: WorkFilter): boolean {
  switch (filter.kind) {
    case 'all':
      return true;
    case 'wanted':
      return state.wanted.some(({ content }) => filter.sha256 === undefined || content.sha256 === filter.sha256);
    case 'unsealed':
      return unsealedContents(state.changes).some((sha256) => filter.sha256 === undefined || sha256 === filter.sha256);
    case 'leaving':
      return state.leaving.length > 0;
    case 'trashed':
      return state.trash.some(({ trashedAt }) => trashedAt < filter.before);
  }
}

function comparison(order: PackageOrder): (one: Row, other: Row) => number {
  if (order.startsWith('-')) {
    const compare = comparison(order.slice(1) as PackageOrder);
    return (one, other) => compare(other, one);
  }
  return (one, other) => {
    const [first, second] = [one.package, other.package];
    if (order === 'name' && first.filename !== second.filename) return first.filename < second.filename ? -1 : 1;
    if (order !== 'changed') return first.packageId - second.packageId;
    return other.changedAt.getTime() - one.changedAt.getTime() || second.packageId - first.packageId;
  };
}
