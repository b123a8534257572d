import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, freePort } from '@odst/testing';
import { installerFile } from '../../support/installer-file.ts';
import { startServerProcess } from '../../support/server-process.ts';
import { startRsyncDaemon } from '../peers/rsync.ts';
import { type Claim, median } from '../report.ts';
import { runCommand, timeCommand } from '../run-command.ts';
import { settle } from '../settle.ts';
import { curlUpload, type MemoryScenario } from './scenario.ts';

/**
 * From the 201 on A to Public on B, against `rsync -W` from a daemon on the same machine in turns; the first round is not
 * counted. rsync neither hashes nor fsyncs what it wrote, we do both.
 */
export async function benchTransfer({ folder: parent, runs, sizeMiB, memory }: MemoryScenario): Promise<Claim[]> {
  const folder = join(parent, `transfer-${memory}`);
  await mkdir(folder);
  await using daemon = await startRsyncDaemon(folder, folder);
  await using a = await startServerProcess({ dataDir: join(folder, 'transfer-a'), port: await freePort() });
  await using b = await startServerProcess({ dataDir: join(folder, 'transfer-b'), port: await freePort() });
  const registered = await a.admin.register(await b.admin.about());
  if (registered.status !== 201) throw new Error(`the servers could not be registered: ${await registered.text()}`);
  const times = { ours: [] as number[], rsync: [] as number[] };
  for (let run = 0; run <= runs; run += 1) {
    const name = `Transfer-${run}.pkg`;
    const file = await installerFile(join(folder, name), sizeMiB * 1_048_576, `transfer ${run}`);
    const copy = join(folder, `copy-${run}.pkg`);
    await settle(memory, folder, sizeMiB);
    const pulled = await timeCommand('rsync', ['-W', `${daemon.url}/${name}`, copy]);
    await runCommand('curl', curlUpload(a, file.path, name));
    const answeredAt = performance.now();
    // Now: its memory is as warm for the copy on B as what was touched before was for rsync.
    if (memory === 'warm') await rm(copy);
    await eventually(async () => (await b.admin.findPackage(name))?.status === 'Public', 120_000);
    const transferred = (performance.now() - answeredAt) / 1_000;
    await rm(copy, { force: true });
    await rm(file.path);
    if (run === 0) continue;
    times.rsync.push(pulled);
    times.ours.push(transferred);
  }
  const [ours, rsync] = [median(times.ours), median(times.rsync)];
  const detail = `${ours.toFixed(2)} s against ${rsync.toFixed(2)} s`;
  const limit = memory === 'idle' ? { limit: 2 } : {};
  return [{ name: `transfer after the 201 / rsync -W, memory ${memory}`, measured: ours / rsync, ...limit, unit: '×', detail }];
}
