import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { OdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import { exists, isServerOf, processesOf, until } from './processes.ts';

/** How long an orphan may take to end: at SIGINT it writes a checkpoint, at SIGQUIT it just goes. */
const stopSteps = [
  { signal: 'SIGINT', limitMs: 20_000 },
  { signal: 'SIGQUIT', limitMs: 10_000 },
] as const;

/**
 * Clears away what a killed server left in `dataDir`: its PostgreSQL, which runs on without it, and a pid file whose number
 * now belongs to a stranger, at which PostgreSQL would refuse to start. Call it while holding the directory's lock:
 * only then is a running PostgreSQL an orphan.
 * @throws OdstError COMMON_DATABASE_UNAVAILABLE when the orphan does not end
 */
export async function clearOrphan(dataDir: string, logger: Logger): Promise<void> {
  const pidFile = join(dataDir, 'postmaster.pid');
  const pid = await readPid(pidFile);
  if (pid === undefined) return;
  if (await isServerOf(pid, dataDir)) {
    logger.warn({ pid }, 'stopping the PostgreSQL that a killed server left behind');
    await stop(pid, dataDir);
  }
  // Backends outlive a killed postmaster for a moment, and PostgreSQL does not start beside them.
  await until(async () => (await processesOf(dataDir)).length === 0, 10_000);
  if ((await readPid(pidFile)) === pid && exists(pid)) {
    logger.warn({ pid }, 'removing a pid file whose number belongs to another program');
    await rm(pidFile, { force: true });
  }
}

async function readPid(pidFile: string): Promise<number | undefined> {
  const text = await readFile(pidFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const pid = Number.parseInt(text, 10);
  return pid > 0 ? pid : undefined;
}

async function stop(pid: number, dataDir: string): Promise<void> {
  for (const { signal, limitMs } of stopSteps) {
    process.kill(pid, signal);
    if (await until(async () => !(await isServerOf(pid, dataDir)), limitMs)) return;
  }
  throw new OdstError('COMMON_DATABASE_UNAVAILABLE', `a PostgreSQL left behind on ${dataDir} (pid ${pid}) does not stop`, {
    pid,
  });
}
