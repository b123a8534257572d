// `pnpm bench [runs] [MiB]`: what the product claims of its speed, as ratios against peers in the same run.
// Exits 1 when a ratio is missed. A peer that is not installed is named and left out.

import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandExists, hasKafka } from '@odst/testing';
import { type Claim, report } from './report.ts';
import { benchDownload } from './scenarios/download.ts';
import { benchEvents } from './scenarios/events.ts';
import { benchKafka } from './scenarios/kafka.ts';
import { benchMemory } from './scenarios/memory.ts';
import { benchStart } from './scenarios/start.ts';
import { benchTransfer } from './scenarios/transfer.ts';
import { benchUpload } from './scenarios/upload.ts';

const [runs = 3, sizeMiB = 1_024] = process.argv.slice(2).map(Number);
const folder = await mkdtemp(join(process.env['ODST_BENCH_DIR'] ?? tmpdir(), 'odst-bench-'));
const installed = (peer: string) => {
  if (commandExists(peer)) return true;
  console.log(`skipped: ${peer} is not installed`);
  return false;
};

console.log(`${availableParallelism()} cores (${cpus()[0]?.model}), Node ${process.version}, ${sizeMiB} MiB, medians of ${runs}`);
const claims: Claim[] = [];
try {
  const [nginx, rsync] = [installed('nginx'), installed('rsync')];
  for (const memory of ['idle', 'warm'] as const) {
    if (nginx) claims.push(...(await benchUpload({ folder, runs, sizeMiB, memory })));
    if (rsync) claims.push(...(await benchTransfer({ folder, runs, sizeMiB, memory })));
  }
  if (nginx) claims.push(...(await benchDownload({ folder, runs, sizeMiB })));
  if (await hasKafka()) claims.push(...(await benchKafka({ folder, runs })));
  claims.push(...(await benchStart({ folder, runs, sizeMiB })));
  claims.push(...(await benchEvents({ folder, runs, sizeMiB })));
  claims.push(...(await benchMemory({ folder, runs, sizeMiB })));
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = report(claims) ? 0 : 1;
