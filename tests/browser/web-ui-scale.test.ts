import { join } from 'node:path';
import { eventually, freePort, temporaryDirectory } from '@odst/testing';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBrowser } from '../support/browser.ts';
import { countingProxy } from '../support/counting-proxy.ts';
import { installerFile } from '../support/installer-file.ts';
import { fillWithPackages } from '../support/many-packages.ts';
import { fillWithSites, type ManySites } from '../support/many-sites.ts';
import { type ServerOptions, type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { expectAccessible, openUi, signIn } from '../support/ui.ts';

const password = 'a password of its own';
const [packageCount, siteCount] = [10_000, 150];
const nameOf = (number: number) => `Installer of the package ${number}.pkg`;

const browser: Browser | undefined = await startBrowser();
const stack = new AsyncDisposableStack();
let folder: string;
/** A server with many packages and servers, and one that is stopped and started. */
let large: ServerProcess;
let small: { readonly options: ServerOptions; running: ServerProcess };
let sites: ManySites;

beforeAll(async () => {
  folder = stack.use(await temporaryDirectory()).path;
  const optionsOf = async (name: string): Promise<ServerOptions> => ({
    ...{ dataDir: join(folder, name), port: await freePort() },
    env: { ODST_ADMIN_PASSWORD: password, ODST_NAME: name },
  });
  const options = await optionsOf('small');
  const [one, other] = await Promise.allSettled([startServerProcess(await optionsOf('large')), startServerProcess(options)]);
  for (const started of [one, other]) if (started.status === 'fulfilled') stack.defer(() => started.value[Symbol.asyncDispose]());
  if (one.status === 'rejected') throw one.reason;
  if (other.status === 'rejected') throw other.reason;
  [large, small] = [one.value, { options, running: other.value }];
  stack.defer(() => small.running[Symbol.asyncDispose]());
  await publish('Before.pkg');
  sites = await fillWithSites(large, siteCount, await fillWithPackages(large, packageCount, 1));
});

afterAll(async () => {
  await browser?.close();
  await stack.disposeAsync();
});

/** Opens a server's pages as its admin. */
async function openAs(url: string) {
  const ui = await openUi(browser as Browser, `${url}/`);
  await signIn(ui.page, 'admin', password);
  await ui.page.getByRole('navigation', { name: 'Pages' }).waitFor({ timeout: 120_000 });
  return ui;
}

/** Publishes a small package at the small server. */
async function publish(name: string): Promise<void> {
  const { path } = await installerFile(join(folder, 'file'), 20_000, name);
  expect((await small.running.admin.upload(path, name, 'Prod')).status).toBe(201);
}

const seen = (page: Page, words: string) => page.getByText(words, { exact: true }).first().waitFor({ timeout: 120_000 });

const scrollTo = (page: Page, share: number) =>
  page.getByRole('grid', { name: 'Packages' }).evaluate((table, at) => {
    table.scrollTop = (table.scrollHeight - table.clientHeight) * at;
  }, share);

describe.skipIf(browser === undefined)('the web UI of a large mesh', { timeout: 900_000 }, () => {
  test('lists 10,000 packages, of which the page has few and asks for few, and each can be reached', async () => {
    await using ui = await openAs(large.url);
    const { page } = ui;
    const asked: number[] = [];
    page.on('request', (request) => {
      const { pathname, searchParams } = new URL(request.url());
      if (pathname === '/api/v1/packages') asked.push(Number(searchParams.get('offset')));
    });
    await page.getByText(nameOf(packageCount)).waitFor({ timeout: 120_000 });
    const table = page.getByRole('grid', { name: 'Packages' });
    expect(await table.getAttribute('aria-rowcount')).toBe(String(packageCount + 1));
    const heights = `[...document.querySelectorAll('[data-row]')].map((row) =>
      [row.offsetHeight, ...[...row.children].map((cell) => cell.offsetHeight)].join(' '))`;
    for (const row of await page.evaluate<readonly string[]>(heights)) {
      const [height, ...cells] = row.split(' ').map(Number);
      expect([height, Math.max(...cells) < 40]).toEqual([40, true]);
    }
    for (const share of [0.25, 0.5, 0.75, 1]) {
      await scrollTo(page, share);
      const number = Math.max(Math.round(packageCount * (1 - share)), 1);
      await page.getByRole('link', { name: nameOf(number), exact: true }).waitFor({ timeout: 120_000 });
      expect(await page.getByRole('row').count()).toBeLessThan(60);
    }
    // Of a hundred parts those that were looked at.
    expect(new Set(asked).size).toBeLessThan(20);
    // A package that is opened from the end of the list leaves it where it is.
    await page.getByRole('link', { name: nameOf(1), exact: true }).click();
    await page.getByRole('complementary').getByText('Where it is').waitFor({ timeout: 120_000 });
    await eventually(async () => (await page.title()) === `${nameOf(1)} · Packages · large`, 120_000);
    await page.getByRole('link', { name: nameOf(1), exact: true }).waitFor();
    expect(ui.faults).toEqual([]);
  });

  test('shows 150 servers and what they lack', async () => {
    await using ui = await openAs(large.url);
    const { page } = ui;
    await sites.hear();
    await page.goto(`${large.url}/network/coverage`);
    await page.getByText(`Site ${siteCount}`).first().waitFor({ timeout: 120_000 });
    await page.getByText(nameOf(1), { exact: true }).first().waitFor({ timeout: 120_000 });
    await eventually(async () => (await page.getByRole('row').count()) > siteCount);
    await eventually(async () => (await page.title()) === 'Coverage · large');
    await page.goto(`${large.url}/network`);
    await page.getByText(`Site ${siteCount}`).first().waitFor({ timeout: 120_000 });
    expect(ui.faults).toEqual([]);
  });

  test('six tabs share one stream, also when the first is closed; without shared workers a tab has its own', async () => {
    await using proxy = await countingProxy(small.running.port, '/api/v1/stream');
    await using ui = await openAs(proxy.url);
    const others = await Promise.all(Array.from({ length: 5 }, () => ui.context.newPage()));
    for (const page of others) await page.goto(`${proxy.url}/packages`);
    await publish('Six.pkg');
    for (const page of [ui.page, ...others]) await seen(page, 'Six.pkg');
    expect([proxy.open(), proxy.most()]).toEqual([1, 1]);
    await ui.page.close();
    await publish('Five.pkg');
    for (const page of others) await seen(page, 'Five.pkg');
    const alone = await ui.context.newPage();
    await alone.addInitScript(() => Reflect.deleteProperty(globalThis, 'SharedWorker'));
    await alone.goto(`${proxy.url}/packages`);
    await seen(alone, 'Five.pkg');
    await eventually(() => proxy.open() === 2, 120_000);
    await publish('Alone.pkg');
    await seen(alone, 'Alone.pkg');
    expect(ui.faults).toEqual([]);
  });

  test('greys out what may be old while the server is away, and catches up when it is back', async () => {
    await using ui = await openAs(small.running.url);
    const { page } = ui;
    await seen(page, 'Before.pkg');
    // While it stops it may say so to who asks.
    ui.expects(503);
    await small.running.stop();
    await seen(page, 'reconnecting');
    const greyness = () => page.evaluate<string>(`getComputedStyle(document.querySelector('main')).filter`);
    await eventually(async () => (await greyness()) === 'grayscale(1)', 120_000);
    small.running = await startServerProcess(small.options);
    await publish('Meanwhile.pkg');
    await seen(page, 'Meanwhile.pkg');
    await page.getByText('reconnecting', { exact: true }).waitFor({ state: 'detached', timeout: 120_000 });
    await eventually(async () => (await greyness()) === 'none');
    expect(ui.faults.filter((fault) => !fault.includes('net::ERR_'))).toEqual([]);
  });

  test('obeys a strict policy, dialogs too; the document is never stored, and what it loads for good', async () => {
    const nonces = new Set<string>();
    for (const path of ['/', '/packages', '/packages/1', '/network/coverage', '/transfers', '/activity', '/admin/accounts']) {
      const answer = await fetch(`${small.running.url}${path}`);
      const policy = answer.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      nonces.add(/'nonce-([^']+)'/.exec(policy)?.[1] ?? '');
    }
    expect(nonces.size).toBe(7);
    await using ui = await openAs(small.running.url);
    const { page } = ui;
    await page.getByRole('button', { name: 'Upload', exact: true }).click();
    await page.getByRole('dialog').waitFor();
    // The page behind it does not scroll: by a style of react-remove-scroll, which the policy let through.
    await eventually(() => page.evaluate<boolean>(`getComputedStyle(document.body).overflow === 'hidden'`), 120_000);
    const without = await page.evaluate<number>(
      `[...document.querySelectorAll('style')].filter((style) => style.nonce !== document.querySelector('meta[name="csp-nonce"]').content).length`,
    );
    expect(without).toBe(0);
    const loaded = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
    const assets = loaded.filter((name) => name.includes('/assets/'));
    expect(assets.length).toBeGreaterThan(5);
    for (const asset of assets) expect((await fetch(asset)).headers.get('cache-control')).toMatch(/max-age=31536000, immutable/);
    expect(ui.faults).toEqual([]);
  });

  test('is walked through with the Tab key in the order in which it is read, and skips to the content', async () => {
    await using ui = await openAs(small.running.url);
    const { page } = ui;
    await seen(page, 'Before.pkg');
    await page.getByRole('banner').getByRole('status').getByRole('link').first().waitFor();
    const names: string[] = [];
    for (let stop = 0; stop < 10; stop += 1) {
      await page.keyboard.press('Tab');
      names.push(await page.evaluate<string>('document.activeElement.ariaLabel ?? document.activeElement.textContent'));
    }
    expect(names.map((name, index) => (index === 1 ? 'health' : name))).toEqual([
      ...['Skip to the content', 'health', 'Search', 'Account admin'],
      ...['Packages', 'Network', 'Transfers', 'Activity', 'Admin', 'Only icons'],
    ]);
    await page.getByRole('button', { name: 'Account admin' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: 'Sign out' }).waitFor();
    await expectAccessible(page, 'account menu');
    await page.keyboard.press('Escape');
    await page.getByRole('menuitem', { name: 'Sign out' }).waitFor({ state: 'detached' });
    await eventually(async () => (await page.evaluate('document.activeElement.ariaLabel')) === 'Account admin');
    await page.getByRole('link', { name: 'Skip to the content' }).focus();
    await page.keyboard.press('Enter');
    await eventually(async () => (await page.evaluate('document.activeElement.id')) === 'content');
    expect(ui.faults).toEqual([]);
  });

  test('says that an address names no page, and that a part did not load', async () => {
    await using ui = await openAs(small.running.url);
    const { page } = ui;
    await page.goto(`${small.running.url}/admin/nowhere`);
    await seen(page, 'There is no such page');
    await page.getByRole('main').getByRole('link', { name: 'Packages' }).click();
    await seen(page, 'Before.pkg');
    ui.expects(404);
    await page.route('**/assets/search-dialog*.js', (route) => route.fulfill({ status: 404 }));
    await page.keyboard.press('/');
    await page.getByRole('alert').getByRole('button', { name: 'Reload the page' }).waitFor();
    await page.getByRole('link', { name: 'Network', exact: true }).click();
    await page.getByRole('heading', { name: 'Network', level: 1 }).waitFor();
    expect(ui.faults).toEqual([]);
  });
});
