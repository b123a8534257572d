import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, freePort } from '@odst/testing';
import { installerFile } from '../../support/installer-file.ts';
import { type ServerProcess, startServerProcess } from '../../support/server-process.ts';
import { watchDiskGrowth } from '../disk-use.ts';
import { startNginx } from '../peers/nginx.ts';
import { type Claim, median } from '../report.ts';
import { timeCommand } from '../run-command.ts';
import { settle } from '../settle.ts';
import { byteFolders, curlUpload, type MemoryScenario } from './scenario.ts';

/** Seconds of one round. */
type Round = {
  readonly ours: number;
  /** From the beginning of the upload until the chunk lists are there, which follow the answer. */
  readonly sealed: number;
  readonly nginx: number;
  readonly nginxAndSums: number;
  /** Disk that the upload took at most, as a multiple of the file. */
  readonly growth: number;
};

/**
 * Upload with its hashes, against nginx on the same machine in turns. Each round has a server and folders of its own, so that
 * nobody writes to fresh disk where the other does not; the first one is not counted. nginx does not fsync, we do.
 */
export async function benchUpload({ folder: parent, runs, sizeMiB, memory }: MemoryScenario): Promise<Claim[]> {
  const folder = join(parent, `upload-${memory}`);
  await mkdir(folder);
  const path = join(folder, 'file.pkg');
  await installerFile(path, sizeMiB * 1_048_576, 'upload');
  const rounds: Round[] = [];
  for (let run = 0; run <= runs; run += 1) {
    const scenario = { folder, runs, sizeMiB, memory };
    const round = { ...(await nginxRound(scenario, path)), ...(await ownRound(scenario, path)) };
    if (run > 0) rounds.push(round);
  }
  await rm(folder, { recursive: true });
  const of = (part: keyof Round) => median(rounds.map((round) => round[part]));
  const ratio = (name: string, a: keyof Round, b: keyof Round, limit?: number): Claim => {
    const detail = `${of(a).toFixed(2)} s against ${of(b).toFixed(2)} s`;
    const measured = median(rounds.map((round) => round[a] / round[b]));
    return { name: `${name}, memory ${memory}`, measured, ...(limit === undefined ? {} : { limit }), unit: '×', detail };
  };
  const growth = Math.max(...rounds.map((round) => round.growth));
  return [
    ratio('upload / nginx PUT', 'ours', 'nginx', memory === 'idle' ? 2.4 : undefined),
    ratio('upload / nginx PUT + sha1sum + sha256sum', 'ours', 'nginxAndSums', 1),
    ratio('upload until its chunk lists are there / nginx PUT', 'sealed', 'nginx'),
    { name: 'disk during upload / file', measured: growth, limit: 1.02, unit: '×', detail: `highest of ${runs} uploads` },
  ];
}

async function nginxRound(
  { folder, sizeMiB, memory }: MemoryScenario,
  path: string,
): Promise<Pick<Round, 'nginx' | 'nginxAndSums'>> {
  const own = join(folder, 'nginx');
  await using server = await startNginx(own);
  await settle(memory, folder, sizeMiB);
  const nginx = await timeCommand('curl', ['-sSf', '-T', path, `${server.url}/file.pkg`]);
  const stored = join(server.root, 'file.pkg');
  const sums = (await timeCommand('sha1sum', [stored])) + (await timeCommand('sha256sum', [stored]));
  await rm(own, { recursive: true });
  return { nginx, nginxAndSums: nginx + sums };
}

async function ownRound(
  { folder, sizeMiB, memory }: MemoryScenario,
  path: string,
): Promise<Pick<Round, 'ours' | 'sealed' | 'growth'>> {
  const dataDir = join(folder, 'own');
  await using server = await startServerProcess({ dataDir, port: await freePort() });
  await settle(memory, folder, sizeMiB);
  const disk = await watchDiskGrowth(byteFolders(server));
  const startedAt = performance.now();
  const ours = await timeCommand('curl', curlUpload(server, path, 'File.pkg'));
  const growth = (await disk.stop()) / (sizeMiB * 1_048_576);
  await untilSealed(server, 'File.pkg');
  const sealed = (performance.now() - startedAt) / 1_000;
  await server.stop();
  await rm(dataDir, { recursive: true });
  return { ours, sealed, growth };
}

/** Resolves when the chunk lists of a package are there. */
export async function untilSealed(server: ServerProcess, filename: string): Promise<void> {
  await eventually(async () => ((await server.admin.package(filename)).chunks ?? []).length > 0, 60_000);
}
