import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '@odst/testing';
import { installerFile } from '../../support/installer-file.ts';
import { startServerProcess } from '../../support/server-process.ts';
import { watchDiskGrowth } from '../disk-use.ts';
import { startNginx } from '../peers/nginx.ts';
import { type Claim, median } from '../report.ts';
import { timeCommand } from '../run-command.ts';
import { byteFolders, curlUpload, type Scenario } from './scenario.ts';

/** Upload with its hashes and download, against nginx on the same machine in turns. */
export async function benchUploadAndDownload({ folder, runs, sizeMiB }: Scenario): Promise<Claim[]> {
  await using nginx = await startNginx(join(folder, 'nginx'));
  await using server = await startServerProcess({ dataDir: join(folder, 'upload'), port: await freePort() });
  const times = {
    ours: [] as number[],
    nginx: [] as number[],
    nginxAndSums: [] as number[],
    oursDown: [] as number[],
    nginxDown: [] as number[],
  };
  let growth = 0;
  for (let run = 0; run < runs; run += 1) {
    const file = await installerFile(join(folder, `file-${run}.pkg`), sizeMiB * 1_048_576, `upload ${run}`);
    const put = await timeCommand('curl', ['-sSf', '-T', file.path, `${nginx.url}/file-${run}.pkg`]);
    const stored = join(nginx.root, `file-${run}.pkg`);
    const sums = (await timeCommand('sha1sum', [stored])) + (await timeCommand('sha256sum', [stored]));
    times.nginx.push(put);
    times.nginxAndSums.push(put + sums);

    const disk = await watchDiskGrowth(byteFolders(server));
    times.ours.push(await timeCommand('curl', curlUpload(server, file.path, `File-${run}.pkg`)));
    growth = Math.max(growth, (await disk.stop()) / file.sizeBytes);

    times.nginxDown.push(await timeCommand('curl', ['-sSf', '-o', '/dev/null', `${nginx.url}/file-${run}.pkg`]));
    times.oursDown.push(await timeCommand('curl', ['-sSf', '-o', '/dev/null', `${server.url}/share/File-${run}.pkg`]));
    await rm(file.path);
  }
  const [ours, put, sums] = [median(times.ours), median(times.nginx), median(times.nginxAndSums)];
  const [down, nginxDown] = [median(times.oursDown), median(times.nginxDown)];
  const against = (a: number, b: number) => `${a.toFixed(2)} s against ${b.toFixed(2)} s`;
  return [
    { name: 'upload / nginx PUT', measured: ours / put, limit: 2.4, unit: '×', detail: against(ours, put) },
    { name: 'upload / nginx PUT + sha1sum + sha256sum', measured: ours / sums, limit: 1, unit: '×', detail: against(ours, sums) },
    { name: 'download / nginx', measured: down / nginxDown, limit: 1.2, unit: '×', detail: against(down, nginxDown) },
    { name: 'disk during upload / file', measured: growth, limit: 1.02, unit: '×', detail: `highest of ${runs} uploads` },
  ];
}
