import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const main = fileURLToPath(new URL('../src/main.js', import.meta.url));

test.each([
  ['its answer goes unread: it may have ended in the middle', 'stdout', ['--help'], 141],
  ['what it says beside the answer goes unread', 'stderr', ['no-such-command'], 2],
] as const)('where %s, the status says so', async (_what, stream, args, status) => {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  child[stream].destroy();
  const [code] = await once(child, 'exit');
  expect(code).toBe(status);
});
