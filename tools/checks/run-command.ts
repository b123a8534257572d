import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** How a command ended. */
export type CommandResult = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Path of a command that a dependency of the workspace brings. */
export const bin = (name: string): string => join(process.cwd(), 'node_modules/.bin', name);

/**
 * Runs a command and collects what it writes. Its exit code is a result, not an error.
 * @param cwd default the root of the workspace
 */
export function runCommand(file: string, args: readonly string[], cwd = process.cwd()): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      resolve({ code: code ?? 1, stdout, stderr: signal === null ? stderr : `${stderr}\nended by ${signal}` });
    });
  });
}
