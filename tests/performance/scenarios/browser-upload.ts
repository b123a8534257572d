import { mkdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@odst/testing';
import type { Browser, Page } from 'playwright-core';
import { startBrowser } from '../../support/browser.ts';
import { type ServerProcess, startServerProcess } from '../../support/server-process.ts';
import { type TabMemory, tabMemory } from '../../support/tab-memory.ts';
import { type Claim, median } from '../report.ts';
import { runCommand, timeCommand } from '../run-command.ts';
import { settle } from '../settle.ts';
import type { Scenario } from './scenario.ts';

const password = 'a password of its own';

/** How often the memory of the tab is looked at. */
const sampleMs = 500;

type Round = {
  readonly browser: number;
  readonly curl: number;
  /** Of the process of the tab, in MiB: before the first byte, and at most. */
  readonly idleMiB: number;
  readonly peakMiB: number;
};

/**
 * A file of zeros that takes no disk at its source, uploaded by the web UI in a browser, against curl, which sends the same to the same
 * routes in one request. Each has a server of its own. `pnpm bench 1 12288 browser-upload` is the 12 GB of an operating system.
 */
export async function benchBrowserUpload({ folder: parent, runs, sizeMiB }: Scenario): Promise<Claim[]> {
  const browser = await startBrowser();
  if (browser === undefined) return [];
  const folder = join(parent, 'browser-upload');
  await mkdir(folder);
  const path = join(folder, 'Image.dmg');
  await writeFile(path, '');
  await truncate(path, sizeMiB * 1_048_576);
  const rounds: Round[] = [];
  try {
    for (let run = 0; run < runs; run += 1) {
      const curl = await onServer(folder, sizeMiB, (server) => byCurl(server, path, sizeMiB));
      const own = await onServer(folder, sizeMiB, (server) => byBrowser(server, browser, path));
      rounds.push({ curl, ...own });
    }
  } finally {
    await browser.close();
  }
  await rm(folder, { recursive: true });
  const of = (part: keyof Round) => median(rounds.map((round) => round[part]));
  const rate = (seconds: number) => `${(sizeMiB / seconds).toFixed(0)} MiB/s`;
  return [
    {
      ...{ name: `upload of ${sizeMiB} MiB by the web UI / curl by tus`, measured: of('browser') / of('curl'), unit: '×' },
      detail: `${rate(of('browser'))} against ${rate(of('curl'))}`,
    },
    {
      ...{ name: 'memory of the tab above idle meanwhile', measured: of('peakMiB') - of('idleMiB'), limit: 128, unit: 'MiB' },
      detail: `RSS of its process, highest ${Math.max(...rounds.map(({ peakMiB }) => peakMiB)).toFixed(0)} MiB`,
    },
  ];
}

async function onServer<Result>(
  folder: string,
  sizeMiB: number,
  act: (server: ServerProcess) => Promise<Result>,
): Promise<Result> {
  const dataDir = join(folder, 'own');
  const server = await startServerProcess({ dataDir, port: await freePort(), env: { ODST_ADMIN_PASSWORD: password } });
  try {
    await settle('idle', folder, sizeMiB);
    return await act(server);
  } finally {
    await server.stop();
    await rm(dataDir, { recursive: true });
  }
}

/** @returns seconds until it is a package */
async function byCurl(server: ServerProcess, path: string, sizeMiB: number): Promise<number> {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const common = ['-sSf', '-u', `admin:${password}`, '-H', 'tus-resumable: 1.0.0'];
  const metadata = `upload-metadata: filename ${base64('Image.dmg')},stage ${base64('Dev')}`;
  const length = `upload-length: ${sizeMiB * 1_048_576}`;
  const create = ['-X', 'POST', '-H', length, '-H', metadata, '-D', '-', '-o', '/dev/null', `${server.url}/api/v1/uploads`];
  const location = /^location: (\S+)/im.exec(await runCommand('curl', [...common, ...create]))?.[1];
  const append = ['-X', 'PATCH', '-H', 'upload-offset: 0', '-H', 'content-type: application/offset+octet-stream', '-T', path];
  return timeCommand('curl', [...common, ...append, `${server.url}${location}`]);
}

async function byBrowser(server: ServerProcess, browser: Browser, path: string): Promise<Omit<Round, 'curl'>> {
  const context = await browser.newContext();
  try {
    const data = { username: 'admin', password };
    await context.request.post(`${server.url}/api/v1/session`, { data, failOnStatusCode: true });
    const page = await context.newPage();
    await page.goto(`${server.url}/packages`);
    await page.getByRole('button', { name: 'Upload', exact: true }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Choose files' }).waitFor();
    await page.setInputFiles('input[type=file]', path);
    await dialog.locator('label', { hasText: 'Dev' }).click();
    const memory = await tabMemory(browser, page);
    const idle = await memory();
    const startedAt = performance.now();
    await dialog.getByRole('button', { name: 'Upload', exact: true }).click();
    const peak = await highestUntil(memory, published(page));
    const seconds = (performance.now() - startedAt) / 1_000;
    return { browser: seconds, idleMiB: idle.residentBytes / 1_048_576, peakMiB: peak / 1_048_576 };
  } finally {
    await context.close();
  }
}

const published = (page: Page) =>
  page.getByRole('region', { name: 'Uploads' }).getByText('in Dev ✓').waitFor({ timeout: 3_600_000 });

async function highestUntil(memory: () => Promise<TabMemory>, end: Promise<void>): Promise<number> {
  let isOver = false;
  const ended = end.finally(() => {
    isOver = true;
  });
  let highest = 0;
  while (!isOver) {
    highest = Math.max(highest, (await memory()).residentBytes);
    await Promise.race([ended, delay(sampleMs)]);
  }
  await ended;
  return highest;
}
