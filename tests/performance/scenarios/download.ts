import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '@odst/testing';
import { installerFile } from '../../support/installer-file.ts';
import { startServerProcess } from '../../support/server-process.ts';
import { startNginx } from '../peers/nginx.ts';
import { type Claim, median } from '../report.ts';
import { runCommand, timeCommand } from '../run-command.ts';
import { curlUpload, type Scenario } from './scenario.ts';
import { untilSealed } from './upload.ts';

/** Downloads counted in each run. */
const timesEach = 3;

/** Download of a file in the page cache, against nginx with sendfile in turns; the first turn is not counted. */
export async function benchDownload({ folder: parent, runs, sizeMiB }: Scenario): Promise<Claim[]> {
  const folder = join(parent, 'download');
  await mkdir(folder);
  const path = join(folder, 'file.pkg');
  await installerFile(path, sizeMiB * 1_048_576, 'download');
  await using nginx = await startNginx(join(folder, 'nginx'));
  await using server = await startServerProcess({ dataDir: join(folder, 'own'), port: await freePort() });
  await runCommand('curl', ['-sSf', '-T', path, `${nginx.url}/file.pkg`]);
  await runCommand('curl', curlUpload(server, path, 'File.pkg'));
  await untilSealed(server, 'File.pkg');
  await rm(path);
  await runCommand('sync', []);
  const times = { ours: [] as number[], nginx: [] as number[] };
  for (let turn = 0; turn <= runs * timesEach; turn += 1) {
    const ours = await timeCommand('curl', ['-sSf', '-o', '/dev/null', `${server.url}/share/File.pkg`]);
    const theirs = await timeCommand('curl', ['-sSf', '-o', '/dev/null', `${nginx.url}/file.pkg`]);
    if (turn === 0) continue;
    times.ours.push(ours);
    times.nginx.push(theirs);
  }
  const [ours, theirs] = [median(times.ours), median(times.nginx)];
  const detail = `${ours.toFixed(2)} s against ${theirs.toFixed(2)} s, ${runs * timesEach} times`;
  return [{ name: 'download / nginx', measured: ours / theirs, limit: 1.2, unit: '×', detail }];
}
