import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually, freePort, temporaryDirectory } from '@odst/testing';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBrowser } from '../support/browser.ts';
import { type GatedProxy, startGatedProxy } from '../support/gated-proxy.ts';
import { installerFile } from '../support/installer-file.ts';
import { keyboardOf } from '../support/keyboard.ts';
import { packageOf } from '../support/mesh.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { becomesPublic } from '../support/two-servers.ts';
import { expectAccessible, openUi, signIn, takePicture, type UiPage } from '../support/ui.ts';

const password = 'a password of its own';
const megabyte = 1_048_576;
const patience = 120_000;
const run = promisify(execFile);
const browser: Browser | undefined = await startBrowser();
const stack = new AsyncDisposableStack();
let folder: string;
/** A Dev, a Test and a Prod site. What the others fetch from the lab goes through a gate. */
let lab: ServerProcess;
let rig: ServerProcess;
let berlin: ServerProcess;
let gate: GatedProxy;
let ui: UiPage;
let page: Page;

beforeAll(async () => {
  folder = stack.use(await temporaryDirectory()).path;
  const portOfLab = await freePort();
  gate = stack.use(await startGatedProxy(portOfLab));
  const start = async (name: string, stage: string, port: number, env: Record<string, string> = {}) =>
    startServerProcess({
      ...{ dataDir: join(folder, name), port },
      env: { ODST_NAME: name, ODST_STAGE: stage, ODST_ADMIN_PASSWORD: password, ...env },
    });
  const starting = [
    start('Lab', 'Dev', portOfLab, { ODST_PUBLIC_URL: gate.url }),
    start('Rig', 'Test', await freePort()),
    start('Berlin', 'Prod', await freePort()),
  ] as const;
  const started = await Promise.allSettled(starting);
  for (const one of started) if (one.status === 'fulfilled') stack.use(one.value);
  [lab, rig, berlin] = await Promise.all(starting);
  for (const other of [rig, berlin]) expect((await lab.admin.register(await other.admin.about())).status).toBe(201);
  if (browser === undefined) return;
  ui = await open(lab, '/packages');
  page = ui.page;
});

afterAll(async () => {
  await browser?.close();
  await stack.disposeAsync();
});

async function upload(filename: string, seed: string, stage: string, sizeBytes = megabyte): Promise<string> {
  const file = await installerFile(join(folder, 'file'), sizeBytes, seed);
  const answer = await lab.admin.upload(file.path, filename, stage, { replace: true });
  expect(answer.status, await answer.clone().text()).toBe(201);
  return file.sha256;
}

/** SHA-256 of what clients get from a server; the status where they get nothing. */
async function served(server: ServerProcess, filename: string): Promise<string | number> {
  const answer = await server.admin.download(filename);
  const bytes = Buffer.from(await answer.arrayBuffer());
  return answer.status === 200 ? createHash('sha256').update(bytes).digest('hex') : answer.status;
}

async function open(server: ServerProcess, path: string): Promise<UiPage> {
  const opened = stack.use(await openUi(browser as Browser, `${server.url}${path}`));
  await signIn(opened.page, 'admin', password);
  return opened;
}

const panelOf = (shown: Page) => shown.getByRole('complementary');
/** Waits for something to be shown: what runs meanwhile on two cores takes its time. */
const seen = (what: Locator) => what.first().waitFor({ timeout: patience });
const gone = (what: Locator) => what.waitFor({ state: 'detached', timeout: patience });

describe.skipIf(browser === undefined)('packages in the web UI', { timeout: 900_000 }, () => {
  test('show which parts of a content have come, from where and how fast, while it comes', async () => {
    // Of the others only the Test site is to have it.
    const sha256 = await upload('Large.pkg', 'large', 'Test', 8 * megabyte);
    await eventually(() => rig.admin.findPackage('Large.pkg'), patience);
    await using there = await open(rig, `/packages/${(await packageOf(rig, 'Large.pkg')).id}`);
    const panel = panelOf(there.page);
    gate.allow(3 * megabyte);
    await seen(panel.getByRole('img', { name: /^[1-7] of 8 parts are here$/ }));
    await seen(panel.getByText(/ of 8\.0 MB .*from Lab/));
    const row = there.page.getByRole('row').filter({ hasText: 'Large.pkg' });
    for (const place of [panel, row]) await seen(place.getByText('Downloading'));
    await takePicture(there.page, 'package-coming');
    const decide = async (paused: boolean) => {
      const change = { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ paused }) };
      expect((await rig.admin.send(`/api/v1/transfers/${sha256}`, change)).status).toBe(200);
    };
    await decide(true);
    for (const place of [panel, row]) await seen(place.getByText('Paused'));
    await decide(false);
    await seen(row.getByText('Downloading'));
    await expectAccessible(there.page, 'a package that comes');
    gate.allow(1e12);
    await becomesPublic(rig, 'Large.pkg', sha256, patience);
    await gone(panel.getByRole('img', { name: /parts are here/ }));
    await seen(panel.getByRole('link', { name: 'Download' }));
    expect(there.faults).toEqual([]);
  });

  test('are promoted from stage to stage, and each site serves what the page says', async () => {
    const older = await upload('Agent.pkg', 'agent', 'Prod', 2 * megabyte);
    await becomesPublic(berlin, 'Agent.pkg', older, patience);
    const newer = await upload('Agent.pkg', 'agent', 'Dev', 3 * megabyte);
    const sites = [lab, rig, berlin];
    const serve = (...wanted: readonly string[]) =>
      eventually(async () => {
        const all = await Promise.all(sites.map((site) => served(site, 'Agent.pkg')));
        return JSON.stringify(all) === JSON.stringify(wanted);
      }, patience);
    await serve(newer, older, older);
    await page.goto(`${lab.url}/packages/${(await packageOf(lab, 'Agent.pkg')).id}`);
    const panel = panelOf(page);
    const says = async (stage: string, sha256: string) => {
      const card = panel.getByRole('region', { name: 'What each stage has' }).locator('> div').filter({ hasText: stage });
      await seen(card.locator(`[title="SHA-256 ${sha256}"]`));
    };
    await says('Dev', newer);
    await says('Prod', older);
    for (const [stage, after] of [
      ['Test', [newer, newer, older]],
      ['Prod', [newer, newer, newer]],
    ] as const) {
      await panel.getByRole('button', { name: `Promote to ${stage}` }).click();
      const dialog = page.getByRole('dialog');
      await seen(dialog.getByRole('row', { name: new RegExp(`^${stage} ${stage === 'Test' ? 'Rig' : 'Berlin'}`) }));
      await dialog.getByLabel('Why').fill(`tried for ${stage}`);
      await dialog.getByRole('button', { name: `Promote to ${stage}` }).click();
      await gone(dialog);
      await serve(...after);
      await says(stage, newer);
    }
    await seen(panel.getByText('3 of 3'));
    await panel.getByRole('tab', { name: 'History' }).click();
    await seen(panel.getByText('“tried for Prod”'));
    expect(ui.faults).toEqual([]);
  });

  test('have revisions, of which two are compared side by side', async () => {
    const panel = panelOf(page);
    await panel.getByRole('tab', { name: 'Revisions' }).click();
    await seen(panel.getByText('“tried for Test”'));
    await panel.getByRole('button', { name: 'Compare' }).last().click();
    const dialog = page.getByRole('dialog');
    await seen(dialog.getByText('They share 2.0 MB of the 3.0 MB of the right one: 2 of 3 chunks.'));
    await seen(dialog.getByRole('row', { name: /^Why/ }));
    await takePicture(page, 'compare');
    await expectAccessible(page, 'two revisions');
    await page.keyboard.press('Escape');
    await gone(dialog);
    expect(ui.faults).toEqual([]);
  });

  test('are fetched by the line that is shown, whatever they are called', async () => {
    const long = `${'n'.repeat(251)}.pkg`;
    const names = [long, `it's "new" $(true) & \`so\`.pkg`, 'ملف جديد.pkg', '🚀 Zürich [1]*?.pkg'];
    for (const name of names) {
      const sha256 = await upload(name, name, 'Dev', 200_000);
      await page.goto(`${lab.url}/packages/${(await packageOf(lab, name)).id}`);
      const panel = panelOf(page);
      await seen(panel.getByRole('heading', { name }));
      const line = (await panel.locator('code[title^="curl"]').getAttribute('title')) ?? '';
      await run('sh', ['-ec', line], { cwd: folder });
      const fetched = await readFile(join(folder, name));
      expect(createHash('sha256').update(fetched).digest('hex')).toBe(sha256);
      // A name without a blank makes no page wider than it is.
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    }
    await takePicture(page, 'odd-names');
    await expectAccessible(page, 'odd names');
    expect(ui.faults).toEqual([]);
  });

  test('that are not there, or go while one looks at them, are told of', async () => {
    ui.expects(404);
    await page.goto(`${lab.url}/packages/999999`);
    const panel = panelOf(page);
    await seen(panel.getByRole('heading', { name: 'No such package' }));
    await seen(panel.getByRole('alert'));
    await takePicture(page, 'package-unknown');
    const { id } = await packageOf(lab, 'Large.pkg');
    await page.goto(`${lab.url}/packages/${id}`);
    await seen(panel.getByRole('button', { name: 'Delete…' }));
    ui.expects();
    expect((await lab.admin.send(`/api/v1/packages/${id}`, { method: 'DELETE' })).status).toBe(204);
    await seen(panel.getByText('It was deleted in every stage.'));
    await gone(panel.getByRole('link', { name: 'Download' }));
    await takePicture(page, 'package-deleted');
    await panel.getByRole('button', { name: 'Restore what was deleted' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Restore' }).click();
    await gone(page.getByRole('dialog'));
    await seen(panel.getByRole('link', { name: 'Download' }));
    expect(ui.faults).toEqual([]);
  });

  test('are filtered, found and sorted by what the address says, and by nothing else', async () => {
    const rows = page.locator('[data-row-link]');
    const shows = (...names: readonly string[]) =>
      eventually(async () => JSON.stringify(await rows.allTextContents()) === JSON.stringify(names), patience);
    for (const name of ['Filter-A.pkg', 'Filter-B.pkg'])
      await upload(name, name, name === 'Filter-A.pkg' ? 'Dev' : 'Test', 1_000);
    const { id } = await packageOf(lab, 'Filter-A.pkg');
    await upload('Filter-C.pkg', 'gone', 'Dev', 1_000);
    const deleted = await packageOf(lab, 'Filter-C.pkg');
    expect((await lab.admin.send(`/api/v1/packages/${deleted.id}`, { method: 'DELETE' })).status).toBe(204);
    await page.goto(`${lab.url}/packages?q=filter-&sort=name`);
    await shows('Filter-A.pkg', 'Filter-B.pkg');
    const chip = (name: string) => page.getByRole('button', { name, exact: true });
    // A stage takes the place of another; others stand together.
    for (const [name, show, said, ...wanted] of [
      ['In Dev', 'Dev', '', 'Filter-A.pkg'],
      ['In Prod', 'Prod', 'In Prod'],
      ['Conflict', 'Prod,conflict', 'In Prod, Conflict'],
      ['In Prod', 'conflict', 'Conflict'],
      ['In trash', 'conflict,trash', 'Conflict, In trash'],
      ['Conflict', 'trash', '', 'Filter-C.pkg'],
      ['Deleted', 'trash,deleted', '', 'Filter-C.pkg'],
    ] as const) {
      await chip(name).click();
      await page.waitForURL(({ searchParams }) => searchParams.get('show') === show && searchParams.get('q') === 'filter-');
      if (wanted.length > 0) await shows(...wanted);
      else await seen(page.getByText(`No package with “filter-” in its name: ${said}`, { exact: true }));
    }
    await page.reload();
    await shows('Filter-C.pkg');
    const isOn = (name: string, on = true) => seen(page.locator(`button[aria-pressed=${on}]`, { hasText: name }));
    for (const name of ['In trash', 'Deleted']) await isOn(name);
    await page.goBack();
    await isOn('Deleted', false);
    await chip('All').click();
    await page.getByRole('button', { name: 'Name', exact: true }).click();
    await page.waitForURL(({ searchParams }) => searchParams.get('sort') === '-name');
    await shows('Filter-B.pkg', 'Filter-A.pkg');
    // One that is found stays in the address of its page; without a match it says so, and leads back.
    await page.getByRole('searchbox', { name: 'Part of the name' }).fill('filter-a');
    await shows('Filter-A.pkg');
    await page.getByRole('link', { name: 'Filter-A.pkg' }).click();
    await page.waitForURL(({ pathname, searchParams }) => pathname === `/packages/${id}` && searchParams.get('q') === 'filter-a');
    await panelOf(page).getByRole('button', { name: 'Close' }).click();
    await page.getByRole('searchbox', { name: 'Part of the name' }).fill('nothing of the kind');
    await seen(page.getByText('No package with “nothing of the kind” in its name'));
    await page.getByRole('button', { name: 'Show all' }).click();
    await seen(page.getByRole('link', { name: 'Agent.pkg' }));
    await eventually(async () => (await page.getByRole('searchbox', { name: 'Part of the name' }).inputValue()) === '', patience);
    expect(ui.faults).toEqual([]);
  });

  test('are all worked upon by the keyboard alone', async () => {
    const names = ['Key-A.pkg', 'Key-B.pkg', 'Key-C.pkg'];
    for (const name of names) await upload(name, name, 'Dev', 1_000);
    const keys = keyboardOf(page);
    const { press, goTo, holds, type } = keys;
    const dialogIsGone = () => gone(page.getByRole('dialog'));
    await page.goto(`${lab.url}/packages`);
    await seen(page.getByRole('link', { name: 'Key-C.pkg' }));

    // Filters, search and order.
    await press('Tab');
    await holds('Skip to the content');
    await press('Enter', 'Tab');
    await holds('Upload');
    await goTo('In Dev');
    await press('Enter');
    await goTo('Part of the name');
    await type('Key-');
    await page.waitForURL(({ search }) => search === '?show=Dev&q=Key-');
    await eventually(async () => (await page.locator('[data-row]').count()) === 3, patience);
    await goTo('Name');
    await press('Enter');
    await page.waitForURL(({ searchParams }) => searchParams.get('sort') === 'name');
    await eventually(async () => (await page.locator('[data-row-link]').allTextContents()).join() === names.join(), patience);

    // The rows, of which the Tab key comes to one.
    await goTo('Key-A.pkg');
    await press('ArrowDown');
    await holds('Key-B.pkg');
    await press('End');
    await holds('Key-C.pkg');
    await press('ArrowLeft');
    await holds('Select Key-C.pkg');
    await press('Home');
    await holds('Key-A.pkg');
    await takePicture(page, 'packages-by-keyboard');

    // Two are selected and promoted together; as they leave the filter, the focus is at the one that is left.
    await press('Space', 'ArrowDown', 'Space');
    await seen(page.getByRole('region', { name: '2 selected' }));
    await goTo('Promote to Test', 'Shift+Tab');
    await press('Enter');
    await holds('Why');
    await type('tried by hand');
    await goTo('Do it for 2');
    await press('Enter');
    await dialogIsGone();
    await holds('Key-C.pkg');

    // One is promoted: given up first, then done; without a row there is the way back to all.
    await press('p');
    await holds('Why');
    await press('Escape');
    await dialogIsGone();
    await holds('Key-C.pkg');
    await press('p');
    await holds('Why');
    await type('tried too');
    await seen(page.getByRole('dialog').getByRole('row', { name: /^Test/ }));
    await press('Enter');
    await dialogIsGone();
    await holds('Show all');
    await press('Enter');
    await holds('Part of the name');
    await type('Key-');

    // A package: opened, left, opened again.
    await goTo('Key-A.pkg');
    await press('Enter');
    await holds('Key-A.pkg', 'H2');
    await press('Escape');
    await gone(panelOf(page));
    await holds('Key-A.pkg', 'A');
    await press('Enter');
    await goTo('Promote to Prod');
    await press('Enter');
    await holds('Why');
    await press('Escape');
    await dialogIsGone();
    await holds('Promote to Prod');
    await goTo('Where it is');
    await press('ArrowRight');
    await holds('Revisions');
    await goTo('Compare');
    await press('Enter');
    await seen(page.getByRole('dialog').getByRole('row', { name: /^SHA-256/ }));
    await press('Escape');
    await dialogIsGone();
    await holds('Compare');

    // Deleted and restored; the focus stays on the page of the package.
    await goTo('Delete…');
    await press('Enter');
    await holds('Why');
    await goTo('Delete everywhere');
    await press('Enter');
    await dialogIsGone();
    await holds('Key-A.pkg', 'H2');
    await goTo('Restore what was deleted');
    await press('Enter');
    await holds('Why');
    await goTo('Restore');
    await press('Enter');
    await dialogIsGone();
    await holds('Key-A.pkg', 'H2');
    await press('Escape');
    await holds('Key-A.pkg', 'A');

    // A row that somebody else takes away leaves the focus to its neighbour.
    const { id } = await packageOf(lab, 'Key-A.pkg');
    expect((await lab.admin.send(`/api/v1/packages/${id}`, { method: 'DELETE' })).status).toBe(204);
    await gone(page.getByRole('link', { name: 'Key-A.pkg' }));
    await holds(/^Key-[BC]\.pkg$/, 'A');
    await press('Delete');
    await holds('Why');
    await press('Escape');
    await dialogIsGone();
    await holds(/^Key-[BC]\.pkg$/, 'A');

    const { path } = await installerFile(join(folder, 'Key-D.pkg'), 1_000, 'Key-D');
    await goTo('Upload', 'Shift+Tab');
    await press('Enter');
    await holds('Close');
    await goTo('Choose files');
    // The window of the system in which files are chosen is no part of the page.
    await page.setInputFiles('input[type=file]', path);
    await goTo('Dev');
    await press('Space');
    await goTo('Upload');
    await press('Enter');
    await dialogIsGone();
    await holds('Upload');
    await seen(page.getByRole('link', { name: 'Key-D.pkg' }));
    await seen(page.getByRole('region', { name: 'Uploads' }).getByText('in Dev ✓'));
    await expectAccessible(page, 'the list, by keyboard');
    expect(ui.faults).toEqual([]);
  });
});
