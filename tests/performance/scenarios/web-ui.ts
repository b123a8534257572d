import { join } from 'node:path';
import { freePort } from '@odst/testing';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { startBrowser } from '../../support/browser.ts';
import { fillWithPackages } from '../../support/many-packages.ts';
import { fillWithSites } from '../../support/many-sites.ts';
import { type ServerProcess, startServerProcess } from '../../support/server-process.ts';
import { signIn } from '../../support/ui.ts';
import { type Claim, median } from '../report.ts';
import type { Scenario } from './scenario.ts';

const password = 'a password of its own';
const [packages, sites] = [10_000, 150];
const lastPackage = `Installer of the package ${packages}.pkg`;

/** Steps of the scroll bar of one pass. */
const steps = 60;

/** Resolves in the page when a text is shown and the page has painted it, with milliseconds since a moment. */
const shownAfter = (text: string, since: string) => `new Promise((resolve) => {
  const look = () => {
    if (!document.body.innerText.includes(${JSON.stringify(text)})) return requestAnimationFrame(look);
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - ${since})));
  };
  look();
})`;

/** How soon the pages of a large mesh can be used, as the browser measures it itself. */
export async function benchWebUi({ folder, runs }: Scenario): Promise<Claim[]> {
  const env = { ODST_ADMIN_PASSWORD: password };
  const browser = await startBrowser();
  if (browser === undefined) return [];
  try {
    await using server = await startServerProcess({ dataDir: join(folder, 'web-ui'), port: await freePort(), env });
    const filled = await fillWithSites(server, sites, await fillWithPackages(server, packages, 1));
    const cold: number[] = [];
    const warm: number[] = [];
    const coverage: number[] = [];
    const worst: number[] = [];
    for (let run = 0; run < Math.max(5, runs); run += 1) {
      await filled.hear();
      const context = await signedIn(browser, server);
      const page = await context.newPage();
      cold.push(await loading(page, server));
      warm.push(await loading(page, server));
      worst.push(await worstTask(page));
      coverage.push(await toCoverage(page));
      await context.close();
    }
    const claim = (name: string, values: readonly number[], limit: number): Claim => ({
      ...{ name, measured: median(values), limit, unit: 'ms' },
      detail: `median of ${values.length}, highest ${Math.max(...values).toFixed(0)} ms`,
    });
    return [
      claim(`first load until Packages can be used, ${packages} of them, nothing in the cache`, cold, 1_000),
      claim('the same with all in the cache', warm, 1_000),
      claim(`from a click until Coverage of ${sites} servers is shown`, coverage, 1_000),
      claim('longest task while scrolling through Packages', worst, 50),
    ];
  } finally {
    await browser.close();
  }
}

/** A browser that knows who it is and has nothing in its cache. */
async function signedIn(browser: Browser, server: ServerProcess): Promise<BrowserContext> {
  const first = await browser.newContext();
  const page = await first.newPage();
  await page.goto(server.url);
  await signIn(page, 'admin', password);
  await page.getByText(lastPackage).waitFor();
  const storageState = await first.storageState();
  await first.close();
  return browser.newContext({ storageState, viewport: { width: 1440, height: 860 } });
}

/** Milliseconds from the navigation until the rows are shown. */
async function loading(page: Page, { url }: ServerProcess): Promise<number> {
  await page.goto(`${url}/packages`, { waitUntil: 'commit' });
  return page.evaluate<number>(shownAfter(lastPackage, '0'));
}

/** Milliseconds from the click. */
async function toCoverage(page: Page): Promise<number> {
  await page.getByRole('link', { name: 'Network', exact: true }).click();
  await page.getByText(`Site ${sites}`).first().waitFor();
  await page.getByRole('link', { name: 'Coverage' }).first().hover();
  return page.evaluate<number>(`(() => {
    const clickedAt = performance.now();
    document.querySelector('main a[href="/network/coverage"]').click();
    return ${shownAfter('Counted', 'clickedAt')};
  })()`);
}

/** The longest task, in milliseconds, while the wheel turns; 0 where none took 50 ms. */
async function worstTask(page: Page): Promise<number> {
  await page.evaluate(`void new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) globalThis.worstTask = Math.max(globalThis.worstTask ?? 0, duration);
  }).observe({ type: 'longtask' })`);
  await page.mouse.move(700, 500);
  for (let step = 0; step < steps; step += 1) {
    await page.mouse.wheel(0, 400);
    await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => resolve()))');
  }
  return page.evaluate<number>('new Promise((resolve) => setTimeout(() => resolve(globalThis.worstTask ?? 0), 200))');
}
