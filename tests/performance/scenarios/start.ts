import { join } from 'node:path';
import { freePort } from '@odst/testing';
import { startServerProcess } from '../../support/server-process.ts';
import { type Claim, median } from '../report.ts';
import type { Scenario } from './scenario.ts';

/** From the start of the process to its ready line: the first one, which makes the database, and later ones. */
export async function benchStart({ folder, runs }: Scenario): Promise<Claim[]> {
  const first: number[] = [];
  const later: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const options = { dataDir: join(folder, `start-${run}`), port: await freePort() };
    for (const times of [first, later]) {
      await using server = await startServerProcess(options);
      times.push(server.startMs / 1_000);
    }
  }
  const claim = (name: string, times: readonly number[], limit: number): Claim => {
    const detail = `median of ${runs}, highest ${Math.max(...times).toFixed(2)} s`;
    return { name, measured: median(times), limit, unit: 's', detail };
  };
  return [claim('first start', first, 60), claim('later start', later, 5)];
}
