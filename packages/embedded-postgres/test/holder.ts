import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A Node process that holds an embedded PostgreSQL, to be killed. */
export type Holder = AsyncDisposable & {
  readonly process: ChildProcess;
  /** What it told after its start: its URL, or why it was refused. */
  readonly told: Promise<{ url?: string; code?: string; message?: string }>;
  kill(signal: NodeJS.Signals): Promise<void>;
};

/** Starts one on `dataDir`, or only a folder for its sockets; disposing stops it in order. */
export function startHolder(dataDir: string, what: 'postgres' | 'sockets' = 'postgres'): Holder {
  const child = spawn(process.execPath, [fileURLToPath(new URL('fixtures/hold.ts', import.meta.url)), dataDir, what], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const told = once(createInterface({ input: child.stdout }), 'line').then(([line]) => JSON.parse(String(line)));
  const kill = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await ended;
  };
  return { process: child, told, kill, [Symbol.asyncDispose]: () => kill('SIGTERM') };
}
