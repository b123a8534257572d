import type { EventStore } from '@odst/event-store';
import { createPackageStreams } from '../../src/app/package-streams.ts';
import type { PackageEntry, PackageRows } from '../../src/app/ports.ts';
import { changesOf } from '../../src/domain/record-merge.ts';
import { isUnsealed } from '../../src/domain/sealing.ts';

/** Stands in for the read model: folds all streams of a memory store anew for each question. */
export function memoryRows(store: EventStore): PackageRows {
  const streams = createPackageStreams(store);
  const all = async (): Promise<readonly PackageEntry[]> => {
    const events = await store.readAll(0n, 100_000);
    const uuids = new Set(
      events.filter(({ stream }) => stream.startsWith('package-')).map(({ stream }) => stream.slice('package-'.length)),
    );
    const entries = await Promise.all([...uuids].map((uuid) => streams.read(uuid)));
    return entries.filter((entry) => entry !== undefined).toSorted((a, b) => a.package.packageId - b.package.packageId);
  };
  return {
    caughtUp: async () => true,
    list: async ({ statuses, stages, sha256 }) =>
      (await all()).filter(
        ({ package: { status, record } }) =>
          (statuses === undefined || statuses.includes(status)) &&
          (stages === undefined || stages.some((stage) => stage === record.stage)) &&
          (sha256 === undefined || sha256 === record.sha256),
      ),
    unsealed: async (sha256) =>
      (await all()).filter((entry) =>
        changesOf(entry.package.record).some(
          (change) => isUnsealed(change) && (sha256 === undefined || sha256 === change.sha256),
        ),
      ),
    byId: async (id) => (await all()).find((entry) => entry.package.packageId === id),
    byUuid: (uuid) => streams.read(uuid),
    namesContent: async (sha256) =>
      (await all()).some(({ package: { record, served } }) =>
        [...changesOf(record), ...(served === undefined ? [] : [served])].some((change) => change.sha256 === sha256),
      ),
  };
}
