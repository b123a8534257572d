import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Holds each answer to the schema of its route, and writes what breaks it. The benchmark, which is no test, measures without it. */
const checked = process.env['VITEST'] === undefined ? [] : ['--import', './packages/testing/src/validate-answers-of-process.ts'];

/** Runs a file of the workspace, relative to its root, with the workspace's own Node. */
export const nodeProgram = (main: string) => ({ command: join(root, 'node_modules/.bin/node'), args: [...checked, main] });

/** How to start a program. */
export type ProgramOptions = {
  readonly command: string;
  readonly args: readonly string[];
  /** All that it finds in its environment beside PATH. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** File to which its output is added. */
  readonly logFile: string;
};

/** A program that runs as a process of its own. Disposing stops it. Who ends one that broke the schema of an answer gets an error. */
export type Program = AsyncDisposable & {
  readonly process: ChildProcess;
  /** Resolves with the exit code, or null after a signal, once all that it wrote was read. */
  readonly exited: Promise<number | null>;
  /** What it wrote to its standard output so far. */
  output(): string;
  /** What it wrote to its standard error so far. */
  log(): string;
  /** SIGTERM, and waits for the end. Returns the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>;
};

/** Starts a program in the folder of the workspace. */
export function startProgram({ command, args, env, logFile }: ProgramOptions): Program {
  const child = spawn(command, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ...env },
  });
  // Its end is when its last words are read too, which may be after the process is gone.
  const exited = once(child, 'close').then(([code]) => code as number | null);
  const file = createWriteStream(logFile, { flags: 'a' });
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
      file.write(text);
    });
  }
  child.once('close', () => file.end());
  const ended = async () => {
    const code = await exited;
    const broken = written.stderr.split('\n').filter((line) => line.startsWith('ANSWER BREAKS ITS SCHEMA'));
    if (broken.length > 0) throw new Error(broken.join('\n'));
    return code;
  };
  const stop = async () => {
    child.kill('SIGTERM');
    return ended();
  };
  return {
    process: child,
    exited,
    output: () => written.stdout,
    log: () => written.stderr,
    stop,
    async kill() {
      child.kill('SIGKILL');
      await ended();
    },
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}
