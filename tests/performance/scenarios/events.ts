import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { freePort } from '@odst/testing';
import { readEventStream } from '../../support/event-stream.ts';
import { startServerProcess } from '../../support/server-process.ts';
import { type Claim, median, percentile } from '../report.ts';
import type { Scenario } from './scenario.ts';

/** Changes in each run; each waits until its event arrived, so that none waits for another. */
const changesEach = 200;
/** Not counted: the first ones compile and connect. */
const warmUp = 50;

/**
 * From the append of an event, whose moment is its `time`, until a client of the live HTTP feed has it: commit, relay, bus, the
 * feed's own record, and the stream. Server and client have the same clock, of whole milliseconds.
 */
export async function benchEvents({ folder, runs }: Scenario): Promise<Claim[]> {
  await using server = await startServerProcess({ dataDir: join(folder, 'events'), port: await freePort() });
  const { admin } = server;
  const arrivals = new EventEmitter();
  await using _stream = await readEventStream(
    `${server.url}/api/v1/events?types=ServerSettingsChanged`,
    admin.authorization,
    (event) => arrivals.emit('event', Date.now() - Date.parse(event.time)),
  );
  const latencies: number[] = [];
  for (let change = 0; change < warmUp + runs * changesEach; change += 1) {
    const arrived = once(arrivals, 'event') as Promise<[number]>;
    const answer = await admin.updateAbout({ name: `Name ${change}` });
    if (!answer.ok) throw new Error(`the name could not be changed: ${answer.status} ${await answer.text()}`);
    const [latencyMs] = await arrived;
    if (change >= warmUp) latencies.push(latencyMs);
  }
  const p99 = percentile(latencies, 99);
  const detail = `${latencies.length} events, p99 ${p99} ms, highest ${Math.max(...latencies)} ms`;
  return [{ name: 'append to live HTTP feed, p50', measured: median(latencies), limit: 25, unit: 'ms', detail }];
}
