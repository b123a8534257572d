import { spawn } from 'node:child_process';
import { once } from 'node:events';

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
