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
  server = await startServerProcess({ dataDir: join(folder.path, 'data'), port: await freePort() });
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await folder?.[Symbol.asyncDispose]();
});

test.skipIf(browser === undefined)(
  'the page of the HTTP API shows all routes, takes a request, and asks nobody but the server for anything',
  async () => {
    const page = await (browser as Browser).newPage();
    const asked: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));

    await page.goto(`${server.url}/api/docs`);
    await page.getByRole('heading', { name: 'Open Distribution Server' }).waitFor();
    const { paths } = (await (await fetch(`${server.url}/api/openapi.json`)).json()) as { paths: Record<string, object> };
    const operations = Object.values(paths).flatMap((methods) => Object.keys(methods));
    await expect.poll(() => page.locator('.opblock').count()).toBe(operations.length);

    await page.locator('#operations-Server-readHealth').getByRole('button').first().click();
    await page.getByRole('button', { name: 'Try it out' }).click();
    await page.getByRole('button', { name: 'Execute' }).click();
    await expect
      .poll(() => page.locator('.live-responses-table tbody .response-col_status').first().textContent())
      .toContain('200');

    expect(complaints).toEqual([]);
    const outside = asked.filter((url) => !url.startsWith(`${server.url}/`) && !/^(data|blob):/.test(url));
    expect(outside).toEqual([]);
    expect(asked).toContain(`${server.url}/healthz`);
    expect(asked.length).toBeGreaterThan(4);
  },
);
