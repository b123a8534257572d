import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@odst/testing';
import { installerFile } from '../../support/installer-file.ts';
import { startServerProcess } from '../../support/server-process.ts';
import { serverMemoryMiB, watchMemory } from '../memory.ts';
import type { Claim } from '../report.ts';
import { runCommand } from '../run-command.ts';
import { curlUpload, type Scenario } from './scenario.ts';

/** Time after which a started server counts as idle. */
const settleMs = 5_000;

/** Memory of the whole standalone server: idle, and while twice the size passes through in both directions. */
export async function benchMemory({ folder, sizeMiB }: Scenario): Promise<Claim[]> {
  const file = await installerFile(join(folder, 'memory.pkg'), 2 * sizeMiB * 1_048_576, 'memory');
  await using server = await startServerProcess({ dataDir: join(folder, 'memory'), port: await freePort() });
  const pid = server.process.pid;
  if (pid === undefined) throw new Error('the server has no process id');
  await delay(settleMs);
  const idle = await serverMemoryMiB(pid, server.dataDir);
  const memory = watchMemory(pid, server.dataDir);
  await runCommand('curl', curlUpload(server, file.path, 'Memory.pkg'));
  await runCommand('curl', ['-sSf', '-o', '/dev/null', `${server.url}/share/Memory.pkg`]);
  const highest = await memory.stop();
  return [
    { name: 'memory, idle', measured: idle, limit: 350, unit: 'MiB', detail: 'PSS of Node and PostgreSQL' },
    {
      name: `memory above idle while ${2 * sizeMiB} MiB pass through`,
      measured: highest - idle,
      limit: 150,
      unit: 'MiB',
      detail: `highest ${highest.toFixed(0)} MiB`,
    },
  ];
}
