import type { EventStore } from '@odst/event-store';
import { entryOf } from '../../src/app/package-view.ts';
import type { PackageEntry, PackageRows } from '../../src/app/ports.ts';
import { createStreams } from '../../src/app/streams.ts';
import { packageStream } from '../../src/domain/package-identity.ts';
import { changesOf } from '../../src/domain/record-merge.ts';
import { isUnsealed } from '../../src/domain/sealing.ts';

/** Stands in for the read model: folds all streams of a memory store anew for each question. */
export function memoryRows(store: EventStore): PackageRows {
  const { packages } = createStreams(store);
  const all = async (): Promise<readonly PackageEntry[]> => {
    const streams = new Set((await store.readAll(0n, 100_000)).map(({ stream }) => stream));
    const loaded = await Promise.all(
      [...streams].filter((stream) => stream.startsWith(packageStream(''))).map((stream) => packages.load(stream)),
    );
    return loaded
      .filter(({ state }) => state !== undefined)
      .map(entryOf)
      .toSorted((a, b) => a.package.packageId - b.package.packageId);
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
    byUuid: async (uuid) => (await all()).find((entry) => entry.package.record.uuid === uuid),
    namesContent: async (sha256) =>
      (await all()).some(({ package: { record, served } }) =>
        [...changesOf(record), ...(served === undefined ? [] : [served])].some((change) => change.sha256 === sha256),
      ),
  };
}
