import { join } from 'node:path';
import { createStreams } from '@odst/catalog/streams';
import { type Claim, median } from '../report.ts';
import { metadataOf, openEventsService } from './events-service.ts';
import { packageLife, packageUuid } from './package-life.ts';
import type { Scenario } from './scenario.ts';

/** Each with four events. */
const contents = 250;
const events = 4 * contents;
/** Reads in each run; the first run is not counted. */
const readsEach = 20;

/** A package with 1,000 events, read and folded as catalog does before each command on it: store, codec and evolve. */
export async function benchReadStream({ folder, runs }: Pick<Scenario, 'folder' | 'runs'>): Promise<Claim[]> {
  await using service = await openEventsService(join(folder, 'read-stream'));
  const stream = `package-${packageUuid}`;
  const life = packageLife(contents);
  for (let version = 0; version < events; version += 100) {
    const page = life.slice(version, version + 100);
    await service.store.append({ stream, expectedVersion: version, events: page, metadata: metadataOf(`page ${version}`) });
  }
  const { packages } = createStreams(service.store);
  const timesMs: number[] = [];
  for (let read = 0; read < (runs + 1) * readsEach; read += 1) {
    const startedAtMs = performance.now();
    const { state, version } = await packages.load(stream);
    const tookMs = performance.now() - startedAtMs;
    const { heads, uploadedHere } = state ?? {};
    const last = heads?.find(({ content }) => content !== undefined);
    const whole = version === events && last?.stage === 'Prod' && uploadedHere?.length === contents;
    if (!whole) throw new Error('the stream was not read and folded as a whole');
    if (read >= readsEach) timesMs.push(tookMs);
  }
  const detail = `${timesMs.length} reads, highest ${Math.max(...timesMs).toFixed(1)} ms`;
  return [{ name: 'package of 1,000 events read and folded', measured: median(timesMs), limit: 20, unit: 'ms', detail }];
}
