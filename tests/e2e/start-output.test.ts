import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { commandExists, eventually, freePort, requirement, temporaryDirectory } from '@odst/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { nodeProgram } from '../support/program.ts';
import { startServerProcess } from '../support/server-process.ts';

const hasScript = await requirement('script', () => commandExists('script'));

/** Starts a server on a pseudo-terminal, as a person does; Ctrl-C stops it. */
async function startOnTerminal(environment: Readonly<Record<string, string>> = {}) {
  const folder = await temporaryDirectory();
  const port = await freePort();
  const { command, args } = nodeProgram('standalone/src/main.js');
  const terminal = spawn('script', ['-qefc', ['exec', command, ...args].join(' '), '/dev/null'], {
    env: { PATH: process.env['PATH'], TERM: 'xterm', ODST_PORT: `${port}`, ODST_DATA_DIR: folder.path, ...environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const closed = once(terminal, 'close').then(([code]) => code as number | null);
  let shown = '';
  terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
  });
  const stop = async () => {
    if (terminal.exitCode === null) terminal.stdin.write('\u0003');
    return closed;
  };
  onTestFinished(async () => {
    await stop();
    await folder[Symbol.asyncDispose]();
  });
  const ready = `ODST ready at http://127.0.0.1:${port}\r\n`;
  await eventually(() => shown.includes(ready), 180_000);
  return { port, dataDir: folder.path, shown: () => shown, stop };
}

describe.skipIf(!hasScript)('a server that is started on a terminal', () => {
  test('tells in a line each what matters, its ready line last, and that the documented password is in use', async () => {
    const { port, dataDir, shown, stop } = await startOnTerminal();
    const lines = shown().split('\r\n');
    expect(lines).toContain('  server       ODS, stage Prod');
    expect(lines).toContain(`  public URL   http://127.0.0.1:${port}`);
    expect(lines).toContain(`  data folder  ${dataDir}`);
    expect(lines).toContain('  database     PostgreSQL, embedded, in the data folder');
    expect(lines).toContain('  event bus    in the database');
    expect(lines.filter((line) => line.includes('migrated'))).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\d migrated the database \(files=\d+, tookMs=\d+\)$/),
    ]);
    expect(lines.filter((line) => line.includes('set ODST_ADMIN_PASSWORD'))).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith('{'))).toEqual([]);
    expect(lines.at(-2)).toBe(`ODST ready at http://127.0.0.1:${port}`);
    expect(await stop()).toBe(0);
  });

  test('logs JSON there too where ODST_LOG asks for it, and no advice where a password was set', async () => {
    const { shown } = await startOnTerminal({ ODST_LOG: 'json', ODST_ADMIN_PASSWORD: 'one of my own' });
    const lines = shown().trim().split('\r\n');
    expect(lines.filter((line) => !line.startsWith('{'))).toEqual([expect.stringContaining('ODST ready at')]);
    expect(shown()).not.toContain('set ODST_ADMIN_PASSWORD');
  });
});

test('a server whose output is read by a program logs one JSON object a line, and one line for all migrations', async () => {
  await using folder = await temporaryDirectory();
  await using server = await startServerProcess({ dataDir: folder.path, port: await freePort() });
  expect(server.output()).toBe(`ODST ready at ${server.url}\n`);
  // The log comes another way than the ready line, and may end in the middle of a line.
  const entries = await eventually(() => {
    const lines = server.log().split('\n').slice(0, -1);
    const read = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    return read.some(({ msg }) => msg === 'serving') && read;
  });
  expect(entries.filter(({ msg }) => String(msg).startsWith('migrated'))).toHaveLength(1);
  expect(entries.find(({ msg }) => msg === 'serving')).toMatchObject({
    server: 'ODS, stage Prod',
    publicUrl: server.url,
    dataDir: folder.path,
    bus: 'in the database',
  });
});
