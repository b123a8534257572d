import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('relay-main.ts', import.meta.url));

/** Where a process dies by SIGKILL, in its second publication. */
export type DeathPoint = 'before it publishes' | 'while it publishes' | 'after it published, before it knows';

/** How to start a relay. */
export type RelayProcessOptions = {
  /** Of the database. */
  readonly url: string;
  /** Of Kafka. Default: the bus is the database. */
  readonly brokers?: string | undefined;
  readonly topicPrefix: string;
  /** How long its lease lasts. Default 400. */
  readonly leaseMs?: number;
  /** Default: it does not die by itself. */
  readonly diesAt?: DeathPoint;
};

/** Starts a relay in a process of its own. Disposing kills it. */
export function startRelayProcess(options: RelayProcessOptions) {
  const child = spawn(process.execPath, [main, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const exited = once(child, 'exit').then(([, signal]) => signal as NodeJS.Signals | null);
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  return {
    kill,
    /** Resolves at its end with the signal that it died of. */
    exited,
    /** SIGSTOP: it does nothing and knows nothing of the time that passes. */
    stop: () => void child.kill('SIGSTOP'),
    /** SIGCONT */
    goOn: () => void child.kill('SIGCONT'),
    log: () => output,
    [Symbol.asyncDispose]: kill,
  };
}
