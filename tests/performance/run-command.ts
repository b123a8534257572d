import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Makes each timed step begin alike. Nothing is left to be written to the disks: else a step that waits for the disk, as ours
 * do, pays for what those before it left in the page cache. And the page cache has memory for `sizeMiB` more that was in use a
 * moment ago: a virtual machine may give free memory back to its host within seconds, and getting it anew costs 2 s for each
 * GiB, three times what nginx takes for the whole upload.
 */
export async function settle(folder: string, sizeMiB: number): Promise<void> {
  await runCommand('sync', []);
  const path = join(folder, 'settle');
  await runCommand('dd', ['if=/dev/zero', `of=${path}`, 'bs=1M', `count=${sizeMiB}`, 'status=none']);
  await rm(path);
}

/** Runs a command to its end and returns the seconds it took. @throws Error with its output when it fails */
export async function timeCommand(command: string, args: readonly string[]): Promise<number> {
  const startedAt = performance.now();
  await runCommand(command, args);
  return (performance.now() - startedAt) / 1_000;
}

/** Runs a command to its end and returns what it printed. @throws Error with its output when it fails */
export async function runCommand(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${errors}${output}`);
  return output;
}
