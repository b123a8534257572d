// `pnpm bench [runs] [MiB] [scenario…]`: what the product claims of its speed, as ratios against peers in the same run;
// all scenarios, or those that are named. Exits 1 when a ratio is missed. A peer that is not installed is named and left out.

import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandExists, hasKafka } from '@odst/testing';
import { type Claim, report } from './report.ts';
import { benchAppend } from './scenarios/append.ts';
import { benchBrowserUpload } from './scenarios/browser-upload.ts';
import { benchDownload } from './scenarios/download.ts';
import { benchEvents } from './scenarios/events.ts';
import { benchKafka } from './scenarios/kafka.ts';
import { benchLists } from './scenarios/lists.ts';
import { benchMemory } from './scenarios/memory.ts';
import { benchReadStream } from './scenarios/read-stream.ts';
import { benchStart } from './scenarios/start.ts';
import { benchTransfer } from './scenarios/transfer.ts';
import { benchUpload } from './scenarios/upload.ts';
import { benchWebUi } from './scenarios/web-ui.ts';
import type { Memory } from './settle.ts';

const [runs = 3, sizeMiB = 1_024] = process.argv.slice(2, 4).map(Number);
const folder = await mkdtemp(join(process.env['ODST_BENCH_DIR'] ?? tmpdir(), 'odst-bench-'));
const scenario = { folder, runs, sizeMiB };
const withPeer = async (peer: string, bench: () => Promise<readonly Claim[]>) => {
  if (commandExists(peer)) return bench();
  console.log(`skipped: ${peer} is not installed`);
  return [];
};
const onBothMemories = async (bench: (memory: Memory) => Promise<readonly Claim[]>) => [
  ...(await bench('idle')),
  ...(await bench('warm')),
];

const scenarios: Readonly<Record<string, () => Promise<readonly Claim[]>>> = {
  upload: () => withPeer('nginx', () => onBothMemories((memory) => benchUpload({ ...scenario, memory }))),
  'browser-upload': () => withPeer('curl', () => benchBrowserUpload(scenario)),
  transfer: () => withPeer('rsync', () => onBothMemories((memory) => benchTransfer({ ...scenario, memory }))),
  download: () => withPeer('nginx', () => benchDownload(scenario)),
  append: () => benchAppend(scenario),
  'read-stream': () => benchReadStream(scenario),
  kafka: async () => ((await hasKafka()) ? benchKafka(scenario) : []),
  start: () => benchStart(scenario),
  events: () => benchEvents(scenario),
  lists: () => benchLists(scenario),
  memory: () => benchMemory(scenario),
  'web-ui': () => benchWebUi(scenario),
};
const wanted = process.argv.length > 4 ? process.argv.slice(4) : Object.keys(scenarios);
const unknown = wanted.filter((name) => !Object.hasOwn(scenarios, name));
if (unknown.length > 0) throw new Error(`no scenario ${unknown.join(', ')}; there are ${Object.keys(scenarios).join(', ')}`);

console.log(`${availableParallelism()} cores (${cpus()[0]?.model}), Node ${process.version}, ${sizeMiB} MiB, medians of ${runs}`);
const claims: Claim[] = [];
try {
  for (const name of wanted) claims.push(...((await scenarios[name]?.()) ?? []));
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = report(claims) ? 0 : 1;
