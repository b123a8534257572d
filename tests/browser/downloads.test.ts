import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, type TemporaryDirectory, temporaryDirectory } from '@odst/testing';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBrowser } from '../support/browser.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

const browser: Browser | undefined = await startBrowser();
let folder: TemporaryDirectory;
let server: ServerProcess;

beforeAll(async () => {
  folder = await temporaryDirectory();
  const env = { ODST_ALLOWED_EXTENSIONS: '*' };
  server = await startServerProcess({ dataDir: join(folder.path, 'data'), port: await freePort(), env });
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await folder?.[Symbol.asyncDispose]();
});

test.skipIf(browser === undefined).each([
  'NoMAD.pkg',
  'Größe 📦 (1).pkg',
  '100%41 of it.zip',
  "semi;colon, comma's = equal  two.dmg",
  // Neither shown nor run, as a page of this server would be.
  'page.html',
  'image.svg',
])('a browser saves %s under this very name', async (name) => {
  const path = join(folder.path, 'file');
  await writeFile(path, '<svg xmlns="http://www.w3.org/2000/svg"><script>document.title = "run"</script></svg>');
  expect((await server.admin.upload(path, name, 'Prod')).status).toBe(201);
  const page = await (browser as Browser).newPage();
  await page.goto(`${server.url}/api/docs/errors`);
  const saving = page.waitForEvent('download');
  await page.evaluate(`location.assign(${JSON.stringify(`${server.url}/share/${encodeURIComponent(name)}`)})`);
  expect((await saving).suggestedFilename()).toBe(name);
  expect(page.url()).toBe(`${server.url}/api/docs/errors`);
  await page.close();
});
