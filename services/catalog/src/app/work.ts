import type { PackageEntry, PackageRows, WorkFilter } from './ports.ts';

/** Packages that are looked at together: as many as may be in memory with all their changes. */
const batchSize = 200;

/** All packages that there is work on, a batch at a time. */
export async function* workBatches(rows: PackageRows, filter: WorkFilter): AsyncGenerator<readonly PackageEntry[]> {
  for (let after = 0; ; ) {
    const batch = await rows.entries(filter, after, batchSize);
    if (batch.length > 0) yield batch;
    const last = batch.at(-1);
    if (last === undefined || batch.length < batchSize) return;
    after = last.package.packageId;
  }
}

/** {@link workBatches}, one by one. */
export async function* entriesOf(rows: PackageRows, filter: WorkFilter): AsyncGenerator<PackageEntry> {
  for await (const batch of workBatches(rows, filter)) yield* batch;
}
