import { join } from 'node:path';
import { type Claim, median } from '../report.ts';
import { metadataOf, openEventsService, payload } from './events-service.ts';
import type { Scenario } from './scenario.ts';

const events = 1_000;
/** Reads in each run; the first run is not counted. */
const readsEach = 20;

/** A stream of 1,000 events, read and folded as before each command on it. */
export async function benchReadStream({ folder, runs }: Pick<Scenario, 'folder' | 'runs'>): Promise<Claim[]> {
  await using service = await openEventsService(join(folder, 'read-stream'), 'localhost:1', 'read-stream');
  const stream = 'package-read';
  for (let version = 0; version < events; version += 100) {
    const page = Array.from({ length: 100 }, () => ({ type: 'PackageUploaded', schemaVersion: 1, data: payload }));
    await service.store.append({ stream, expectedVersion: version, events: page, metadata: metadataOf(`page ${version}`) });
  }
  const timesMs: number[] = [];
  for (let read = 0; read < (runs + 1) * readsEach; read += 1) {
    const startedAtMs = performance.now();
    const recorded = await service.store.readStream(stream);
    const sizes = recorded.reduce((sum, { data }) => sum + BigInt(String(data['sizeBytes'])), 0n);
    const tookMs = performance.now() - startedAtMs;
    if (sizes !== BigInt(payload.sizeBytes) * BigInt(events)) throw new Error('the stream was not read as a whole');
    if (read >= readsEach) timesMs.push(tookMs);
  }
  const detail = `${timesMs.length} reads, highest ${Math.max(...timesMs).toFixed(1)} ms`;
  return [{ name: 'stream of 1,000 events read and folded', measured: median(timesMs), limit: 20, unit: 'ms', detail }];
}
