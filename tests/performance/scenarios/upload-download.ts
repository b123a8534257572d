import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '@odst/testing';
import { installerFile } from '../../support/installer-file.ts';
import { startServerProcess } from '../../support/server-process.ts';
import { watchDiskGrowth } from '../disk-use.ts';
import { startNginx } from '../peers/nginx.ts';
import { type Claim, median } from '../report.ts';
import { settle, timeCommand } from '../run-command.ts';
import { byteFolders, curlUpload, type Scenario } from './scenario.ts';

/** Seconds of one round. */
type Round = {
  readonly ours: number;
  readonly nginx: number;
  readonly nginxAndSums: number;
  readonly oursDown: number;
  readonly nginxDown: number;
  /** Disk that the upload took at most, as a multiple of the file. */
  readonly growth: number;
};

/**
 * Upload with its hashes and download, against nginx on the same machine in turns. Each round has a server and folders of its
 * own, so that nobody writes to fresh disk where the other does not; the first one is not counted. nginx does not fsync, we do.
 */
export async function benchUploadAndDownload({ folder, runs, sizeMiB }: Scenario): Promise<Claim[]> {
  const path = join(folder, 'file.pkg');
  await installerFile(path, sizeMiB * 1_048_576, 'upload');
  const rounds: Round[] = [];
  for (let run = 0; run <= runs; run += 1) {
    const round = { ...(await nginxRound(folder, path, sizeMiB)), ...(await ownRound(folder, path, sizeMiB)) };
    if (run > 0) rounds.push(round);
  }
  await rm(path);
  const of = (part: keyof Round) => median(rounds.map((round) => round[part]));
  const ratio = (name: string, a: keyof Round, b: keyof Round, limit: number): Claim => {
    const detail = `${of(a).toFixed(2)} s against ${of(b).toFixed(2)} s`;
    return { name, measured: median(rounds.map((round) => round[a] / round[b])), limit, unit: '×', detail };
  };
  const growth = Math.max(...rounds.map((round) => round.growth));
  return [
    ratio('upload / nginx PUT', 'ours', 'nginx', 2.4),
    ratio('upload / nginx PUT + sha1sum + sha256sum', 'ours', 'nginxAndSums', 1),
    ratio('download / nginx', 'oursDown', 'nginxDown', 1.2),
    { name: 'disk during upload / file', measured: growth, limit: 1.02, unit: '×', detail: `highest of ${runs} uploads` },
  ];
}

async function nginxRound(
  folder: string,
  path: string,
  sizeMiB: number,
): Promise<Pick<Round, 'nginx' | 'nginxAndSums' | 'nginxDown'>> {
  const own = join(folder, 'nginx');
  await using server = await startNginx(own);
  await settle(folder, sizeMiB);
  const nginx = await timeCommand('curl', ['-sSf', '-T', path, `${server.url}/file.pkg`]);
  const stored = join(server.root, 'file.pkg');
  const sums = (await timeCommand('sha1sum', [stored])) + (await timeCommand('sha256sum', [stored]));
  await settle(folder, sizeMiB);
  const nginxDown = await timeCommand('curl', ['-sSf', '-o', '/dev/null', `${server.url}/file.pkg`]);
  await rm(own, { recursive: true });
  return { nginx, nginxAndSums: nginx + sums, nginxDown };
}

async function ownRound(folder: string, path: string, sizeMiB: number): Promise<Pick<Round, 'ours' | 'oursDown' | 'growth'>> {
  const dataDir = join(folder, 'upload');
  await using server = await startServerProcess({ dataDir, port: await freePort() });
  await settle(folder, sizeMiB);
  const disk = await watchDiskGrowth(byteFolders(server));
  const ours = await timeCommand('curl', curlUpload(server, path, 'File.pkg'));
  const growth = (await disk.stop()) / (sizeMiB * 1_048_576);
  await settle(folder, sizeMiB);
  const oursDown = await timeCommand('curl', ['-sSf', '-o', '/dev/null', `${server.url}/share/File.pkg`]);
  await server.stop();
  await rm(dataDir, { recursive: true });
  return { ours, oursDown, growth };
}
