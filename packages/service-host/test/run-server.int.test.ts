import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eventually } from '@odst/testing';
import { expect, test } from 'vitest';

type Server = { process: ChildProcess; output: () => string; errors: () => string; code: Promise<number | null> };

function serve(manner: string, environment: Record<string, string> = {}): Server {
  const child = spawn(process.execPath, [fileURLToPath(new URL('fixtures/serve.ts', import.meta.url)), manner], {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const code = once(child, 'close').then(([exitCode]) => exitCode as number | null);
  return { process: child, output: () => output, errors: () => errors, code };
}

test.each(['SIGTERM', 'SIGINT'] as const)('stops in reverse order at %s and ends with 0', async (signal) => {
  const server = serve('well', { ODST_PORT: '4242' });
  await eventually(() => server.output().includes('ready on 4242'));
  server.process.kill(signal);
  expect(await server.code).toBe(0);
  expect(server.output()).toBe('ready on 4242\nsecond stopping\nfirst stopped\n');
});

test('ends at once at the second signal', async () => {
  const server = serve('hangs');
  await eventually(() => server.output().includes('ready'));
  server.process.kill('SIGINT');
  await eventually(() => server.output().includes('second stopping'));
  server.process.kill('SIGINT');
  expect(await server.code).toBe(130);
});

test('goes on without a part that does not stop in time', async () => {
  const server = serve('hangs');
  await eventually(() => server.output().includes('ready'));
  const signalledAt = performance.now();
  server.process.kill('SIGTERM');
  expect(await server.code).toBe(0);
  expect(server.output()).toContain('first stopped');
  expect(performance.now() - signalledAt).toBeLessThan(30_000);
});

test('stops in the middle of its start', async () => {
  const server = serve('hangs-at-start');
  await eventually(() => server.output().includes('starting'));
  server.process.kill('SIGTERM');
  expect(await server.code).toBe(0);
  expect(server.output()).toBe('starting\nfirst stopped\n');
});

test('stops what it started when a later part fails, tells why, and ends with 1', async () => {
  const server = serve('fails');
  expect(await server.code).toBe(1);
  expect(server.output()).toBe('first stopped\n');
  expect(server.errors()).toContain('the second part failed');
});

test('tells a person once why it cannot start, and a program in its log too', async () => {
  const told = /the second part is set wrongly/g;
  const server = serve('refuses', { ODST_LOG: 'text' });
  expect(await server.code).toBe(1);
  expect(server.errors()).toMatch(/^The server cannot start: the second part is set wrongly$/m);
  expect(server.errors().match(told)).toHaveLength(1);
  const logged = serve('refuses', { ODST_LOG: 'json' });
  expect(await logged.code).toBe(1);
  expect(logged.errors().match(told)).toHaveLength(2);
});

test.each(['throws', 'rejects'])(
  'stops in order when something %s that nobody catches, tells it, and ends with 1',
  async (manner) => {
    const server = serve(manner);
    expect(await server.code).toBe(1);
    expect(server.output()).toContain('first stopped');
    expect(server.errors()).toContain('nobody caught this');
  },
);

test('tells a wrong setting in one plain line and ends with 1', async () => {
  const server = serve('well', { ODST_PORT: 'eighty' });
  expect(await server.code).toBe(1);
  expect(server.errors()).toBe('ODST_PORT: "eighty" is no whole number from 0 to 65535; example: ODST_PORT=8080\n');
  expect(server.output()).toBe('');
});
