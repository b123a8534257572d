import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';
import { pause } from '@odst/async';

/** Whether a process of this id exists; true for one of another user and for one that died unreaped. */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Whether `pid` is a live PostgreSQL server of `dataDir`, and not a stranger that got the number after a reboot
 * or after the server's death.
 */
export async function isServerOf(pid: number, dataDir: string): Promise<boolean> {
  if (!exists(pid)) return false;
  const command = process.platform === 'linux' ? await linuxCommand(pid) : await psCommand(pid);
  return command.includes(`postgres -D ${dataDir} -c `);
}

/**
 * Processes of PostgreSQL at work in `dataDir`: servers, backends, and initdb with its helpers. On systems other than Linux
 * only those whose command names the folder.
 */
export async function processesOf(dataDir: string): Promise<number[]> {
  if (process.platform !== 'linux') return processesNaming(dataDir);
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const ours = await Promise.all(pids.map((pid) => worksOn(pid, dataDir)));
  return pids.filter((_, index) => ours[index]);
}

/** Polls until `holds` is true, for at most `limitMs`; answers whether it was. */
export async function until(holds: () => Promise<boolean>, limitMs: number): Promise<boolean> {
  for (const end = performance.now() + limitMs; performance.now() < end; await pause(20)) if (await holds()) return true;
  return false;
}

async function worksOn(pid: number, dataDir: string): Promise<boolean> {
  const program = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim();
  if (program !== 'postgres' && program !== 'initdb') return false;
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  return folder === dataDir || (await linuxCommand(pid)).includes(` -D ${dataDir} `);
}

async function processesNaming(dataDir: string): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axww', '-o', 'pid=,command=']).catch(() => ({ stdout: '' }));
  return stdout
    .split('\n')
    .filter((line) => /(postgres|initdb) /.test(line) && line.includes(` -D ${dataDir} `))
    .map((line) => Number.parseInt(line, 10));
}

async function linuxCommand(pid: number): Promise<string> {
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return line.replaceAll('\0', ' ');
}

async function psCommand(pid: number): Promise<string> {
  const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return stdout;
}
