import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('relay-main.ts', import.meta.url));

/** Starts a relay in a process of its own. Disposing kills it. */
export function startRelayProcess(options: { readonly url: string; readonly brokers: string; readonly topicPrefix: string }) {
  const child = spawn(process.execPath, [main, options.url, options.brokers, options.topicPrefix], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const exited = once(child, 'exit');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  return {
    kill,
    /** SIGSTOP: it does nothing and knows nothing of the time that passes. */
    stop: () => void child.kill('SIGSTOP'),
    /** SIGCONT */
    goOn: () => void child.kill('SIGCONT'),
    log: () => output,
    [Symbol.asyncDispose]: kill,
  };
}
