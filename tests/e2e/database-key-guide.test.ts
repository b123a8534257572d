import { execFile } from 'node:child_process';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { eventually, freePort, temporaryDirectory } from '@odst/testing';
import { expect, test } from 'vitest';
import { guideBlock } from '../support/guide.ts';
import { nodeProgram } from '../support/program.ts';
import { spawnServer, startServerProcess } from '../support/server-process.ts';

const run = promisify(execFile);
const cli = fileURLToPath(new URL('../../cli/src/main.js', import.meta.url));

test('the guide changes the key of stored secrets: everything goes on, and the older key is refused', async () => {
  await using folder = await temporaryDirectory();
  const dataDir = join(folder.path, 'data');
  const options = { dataDir, port: await freePort(), env: { ODST_ADMIN_PASSWORD: 'a password of its own' } };
  const keyFile = join(dataDir, 'database.key');
  const before = await (async () => {
    await using server = await startServerProcess(options);
    return await server.admin.about();
  })();
  const older = await readFile(keyFile, 'utf8');

  const places = { '/var/lib/odst': dataDir, '/backup': folder.path };
  const text = await guideBlock('docs/guides/database-key.md', 'rotate', places);
  const script = text.replaceAll('npx -y pnpm odst', `'${nodeProgram('').command}' '${cli}'`);
  const { stdout } = await run('bash', ['-ec', script], { env: { PATH: process.env['PATH'] } });
  expect(stdout).toMatch(
    /^Would put a new key before ([0-9a-f]{16})[.].*\nThe new key is [0-9a-f]{16}[.] .* takes \1 out of database.key/,
  );
  const both = await readFile(keyFile, 'utf8');
  expect(both.split('\n').slice(1).join('\n')).toBe(older);

  {
    await using server = await startServerProcess(options);
    expect(await server.admin.about()).toEqual(before);
    await eventually(() => server.log().includes('all secrets are encrypted with the newest key'));
    await eventually(async () => (await readFile(keyFile, 'utf8')) === `${both.split('\n')[0]}\n`);
  }

  await cp(keyFile, `${keyFile}.kept`);
  await writeFile(keyFile, older);
  await using refused = await spawnServer(options);
  expect(await refused.exited).not.toBe(0);
  expect(`${refused.output()}${refused.log()}`).toContain('DATABASE_KEY is not the key that the secrets');
});
