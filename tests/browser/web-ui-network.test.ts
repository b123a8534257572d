import { join } from 'node:path';
import { eventually, freePort, temporaryDirectory } from '@odst/testing';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBrowser } from '../support/browser.ts';
import { installerFile } from '../support/installer-file.ts';
import { type ServerOptions, type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { becomesPublic } from '../support/two-servers.ts';
import { expectAccessible, openUi, signIn, takePicture, type UiPage } from '../support/ui.ts';

const password = 'a password of its own';
const browser: Browser | undefined = await startBrowser();
const stack = new AsyncDisposableStack();
let folder: string;
/** Headquarters has all stages; Berlin and Oslo have Prod. */
let hq: ServerProcess;
let berlin: ServerProcess;
let oslo: ServerProcess;
const options = new Map<string, ServerOptions>();
const servers: ServerProcess[] = [];
let ui: UiPage;
let page: Page;

/** Long: what runs meanwhile on two cores takes its time. */
const timeout = 120_000;

async function start(name: string, stage = 'Prod'): Promise<ServerProcess> {
  const known = options.get(name);
  const env = { ODST_NAME: name, ODST_STAGE: stage, ODST_ADMIN_PASSWORD: password };
  const chosen = known ?? { dataDir: join(folder, name), port: await freePort(), env };
  options.set(name, chosen);
  const server = await startServerProcess(chosen);
  servers.push(server);
  return server;
}

beforeAll(async () => {
  folder = stack.use(await temporaryDirectory()).path;
  stack.defer(async () => {
    await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  });
  const started = await Promise.allSettled([start('Headquarters', 'Dev'), start('Berlin'), start('Oslo')]);
  [hq, berlin, oslo] = started.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  }) as [ServerProcess, ServerProcess, ServerProcess];
  expect((await oslo.admin.register(await berlin.admin.about())).status).toBe(201);
  if (browser === undefined) return;
  ui = stack.use(await openUi(browser, `${hq.url}/network`));
  page = ui.page;
});

afterAll(async () => {
  await browser?.close();
  await stack.disposeAsync();
});

const row = (name: string) => page.getByRole('row').filter({ hasText: name });
const health = () => page.getByRole('banner').getByRole('status').first();

/** Makes a file, uploads it at headquarters into Prod, and gives its SHA-256. */
async function upload(name: string): Promise<string> {
  const file = await installerFile(join(folder, name), 300_000, name);
  expect((await hq.admin.upload(file.path, name, 'Prod')).status).toBe(201);
  return file.sha256;
}

type PeerRow = { readonly id: number; readonly name: string; readonly stageCap: string; readonly lastAnswerAt: string | null };

async function peersOf({ admin }: ServerProcess): Promise<readonly PeerRow[]> {
  return ((await (await admin.send('/api/v1/peers')).json()) as { readonly items: readonly PeerRow[] }).items;
}

async function pauseAtBerlin(): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ paused: true, reason: 'the line is metered' });
  for (const { id } of await peersOf(berlin)) {
    expect((await berlin.admin.send(`/api/v1/peers/${id}`, { method: 'PATCH', headers, body })).status).toBe(200);
  }
}

const isFocused = async (target: Locator) => (await target.and(page.locator(':focus')).count()) === 1;

/** Goes to a control as who has no mouse does, and sees that it is marked there: fields by their border, others by an outline. */
async function tabTo(target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  await target.waitFor({ state: 'attached', timeout });
  for (let steps = 0; steps < 90 && !(await isFocused(target)); steps += 1) await page.keyboard.press(key);
  expect(await isFocused(target), `${target} is reached by ${key}`).toBe(true);
  const mark: unknown = await target.evaluate(`(one) => {
    if (one.matches('input:not([type=radio]), textarea')) return 'border';
    return getComputedStyle(one.matches('[type=radio]') ? one.nextElementSibling : one).outlineStyle;
  }`);
  expect(mark, `${target} is marked`).not.toBe('none');
}

async function pressAt(target: Locator, key = 'Enter'): Promise<void> {
  await tabTo(target);
  await page.keyboard.press(key);
}

/** Goes through a list until an option is marked, and takes it. */
async function choose(option: Locator, key: 'ArrowUp' | 'ArrowDown'): Promise<void> {
  await option.waitFor({ timeout });
  await eventually(async () => {
    if ((await option.getAttribute('data-combobox-selected')) !== null) return true;
    await page.keyboard.press(key);
    return (await option.getAttribute('data-combobox-selected')) !== null;
  }, timeout);
  await page.keyboard.press('Enter');
}

describe.skipIf(browser === undefined)('network in the web UI', { timeout: 900_000 }, () => {
  test('says at the field what is wrong with a registration, in the words of who refused it', async () => {
    await signIn(page, 'admin', password);
    const { url, iss, key } = await berlin.admin.about();
    const own = await hq.admin.about();
    const wrongKey = Buffer.alloc(32, 1).toString('base64');
    const cases = [
      [{ url: 'not an address', iss, key }, 'URL', 'the URL is not one like https://ods.example.com'],
      [{ url: 'http://127.0.0.1:9', iss, key }, 'URL', /^http:\/\/127\.0\.0\.1:9 cannot be reached: nothing listens there/],
      [{ url, iss: 'x'.repeat(32), key }, 'ISS ID', '32 hex digits'],
      [{ url, iss: (await oslo.admin.about()).iss, key }, 'ISS ID', /^The server at the URL is another one: .*not for this one/],
      [{ url, iss, key: 'short' }, 'Key', 'base64'],
      [{ url, iss, key: wrongKey }, 'Key', /^The other server has another Key: .*signature/],
      [{ url: own.url, iss: own.iss, key: own.key }, 'ISS ID', /this server/],
    ] as const;
    ui.expects(401, 403, 409, 422, 502, 504);
    for (const [other, field, words] of cases) {
      await page.getByLabel('URL', { exact: true }).fill(other.url);
      await page.getByLabel('ISS ID', { exact: true }).fill(other.iss);
      await page.getByLabel('Key', { exact: true }).fill(other.key);
      const answered = page.waitForResponse((answer) => answer.request().method() === 'POST');
      await page.getByRole('button', { name: 'Register', exact: true }).click();
      await answered;
      const input = page.getByLabel(field, { exact: true });
      await eventually(async () => (await input.getAttribute('aria-invalid')) === 'true', timeout);
      // What was told of the one before may stand there still.
      await eventually(async () => {
        const described = (await input.getAttribute('aria-describedby')) ?? '';
        const told = await page.locator(`[id="${described.split(' ').at(-1)}"]`).textContent();
        expect(told, `at ${field}`).toMatch(words);
        return true;
      }, timeout);
      await page.getByRole('alert').getByRole('button', { name: 'Copy trace id' }).waitFor();
    }
    await expectAccessible(page, 'a registration that was refused');
    ui.expects();
    expect(ui.faults).toEqual([]);
  });

  test('is done by keyboard alone', async () => {
    await page.reload();
    await page.getByRole('textbox', { name: 'Paste all three here' }).waitFor({ timeout });
    const identity = await (await berlin.admin.send('/api/v1/identity')).text();
    await tabTo(page.getByRole('textbox', { name: 'Paste all three here' }));
    await page.keyboard.insertText(identity);
    await pressAt(page.getByRole('button', { name: 'Register', exact: true }));
    await row('Berlin').getByText('In step').waitFor({ timeout });
    await row('Oslo').getByText('introduced').waitFor({ timeout });

    // A server's page: what is taken from it, and a comparison.
    await pressAt(row('Berlin').getByRole('link'));
    await page.getByRole('heading', { name: 'Berlin' }).waitFor({ timeout });
    const cap = page.getByRole('combobox', { name: 'Highest stage that it may set' });
    await eventually(async () => (await cap.inputValue()) === 'Prod', timeout);
    await pressAt(cap);
    await choose(page.getByRole('option', { name: 'Test' }), 'ArrowUp');
    await eventually(async () => (await peersOf(hq))[0]?.stageCap === 'Test', timeout);
    await pressAt(page.getByRole('button', { name: 'Compare now' }));
    await page.getByText(/^Compared \d+ packages/).waitFor({ timeout });

    // The dry run of blocking is looked at, and left; the focus is where it was.
    const block = page.getByRole('button', { name: 'Block' });
    await pressAt(block);
    const dialog = page.getByRole('dialog');
    await dialog.getByText('It is unregistered').waitFor({ timeout });
    await dialog.getByText('The Key of this server changes').waitFor();
    await expectAccessible(page, 'blocking');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await eventually(() => isFocused(block), timeout);
    await page.emulateMedia({ colorScheme: 'dark' });
    await expectAccessible(page, 'a server, dark');
    await takePicture(page, 'server-dark');
    await page.emulateMedia({ colorScheme: 'light' });

    await tabTo(page.getByRole('main').getByRole('link', { name: 'Network' }), 'Shift+Tab');
    await page.keyboard.press('Enter');
    await pressAt(page.getByRole('link', { name: 'Coverage' }));
    await page.getByRole('heading', { name: 'Compare two sites' }).waitFor({ timeout });
    for (const [label, name] of [
      ['One site', 'Headquarters'],
      ['Another site', 'Oslo'],
    ] as const) {
      await tabTo(page.getByRole('combobox', { name: label }));
      await page.keyboard.type(name);
      await choose(page.getByRole('option', { name }), 'ArrowDown');
    }
    await page.getByRole('heading', { name: 'Headquarters holds, Oslo lacks' }).waitFor({ timeout });
    expect(new URL(page.url()).searchParams.get('other')).toBe((await oslo.admin.about()).iss);
    await tabTo(page.getByRole('main').getByRole('link', { name: 'Network' }), 'Shift+Tab');
    await page.keyboard.press('Enter');

    // The picture, and back.
    await tabTo(page.getByRole('radio', { name: 'Table' }));
    await page.keyboard.press('ArrowRight');
    const picture = page.getByRole('region', { name: 'The mesh as a picture' });
    for (const name of ['Headquarters', 'Berlin', 'Oslo']) await picture.getByRole('link', { name }).waitFor({ timeout });
    expect(new URL(page.url()).searchParams.get('view')).toBe('picture');
    await tabTo(picture.getByRole('link', { name: 'Oslo' }));
    await expectAccessible(page, 'picture');
    await takePicture(page, 'network-picture');
    await tabTo(page.getByRole('radio', { name: 'Picture' }), 'Shift+Tab');
    await page.keyboard.press('ArrowLeft');
    await row('Berlin').getByText('In step').waitFor({ timeout });
    expect(ui.faults).toEqual([]);
  });

  test('lists what a server lacks, and what one of two sites holds alone', async () => {
    await becomesPublic(berlin, 'Everywhere.pkg', await upload('Everywhere.pkg'), timeout);
    await pauseAtBerlin();
    await upload('Held up.pkg');
    await eventually(async () => (await berlin.admin.findPackage('Held up.pkg')) !== undefined, timeout);
    await page.goto(`${hq.url}/network`);
    await row('Berlin').getByRole('link').click();
    const lacks = page.getByRole('region', { name: 'What it lacks' }).first();
    await lacks.getByRole('row').filter({ hasText: 'Held up.pkg' }).waitFor({ timeout });
    await eventually(async () => (await lacks.getByText('Everywhere.pkg').count()) === 0, timeout);
    const isses = await Promise.all([hq, berlin].map(async ({ admin }) => (await admin.about()).iss));
    await page.goto(`${hq.url}/network/coverage?one=${isses[0]}&other=${isses[1]}`);
    const alone = page.getByRole('region', { name: 'Headquarters holds, Berlin lacks' });
    await alone.getByRole('link', { name: 'Held up.pkg' }).waitFor({ timeout });
    await page.getByText('Headquarters lacks nothing that Berlin holds.').waitFor();
    const grid = page.getByRole('region', { name: 'Packages by site' });
    await grid.getByRole('row').filter({ hasText: 'Held up.pkg' }).getByText('lacks it').first().waitFor();
    await expectAccessible(page, 'coverage');
    await takePicture(page, 'coverage-compared');
    expect(ui.faults).toEqual([]);
  });

  test('shows at the other server why it waits; who resumes it there sees it come', async () => {
    await using there = await openUi(browser as Browser, `${berlin.url}/transfers`);
    await signIn(there.page, 'admin', password);
    const waiting = there.page.getByRole('row').filter({ hasText: 'Held up.pkg' });
    await waiting.getByText('the line is metered').waitFor({ timeout });
    await expectAccessible(there.page, 'transfers');
    await takePicture(there.page, 'transfers-paused');
    await there.page.getByRole('button', { name: 'Fetch Held up.pkg first' }).focus();
    await there.page.keyboard.press('f');
    await waiting.getByText('first', { exact: true }).waitFor({ timeout });
    await there.page.getByRole('button', { name: 'Go on with Headquarters' }).click();
    await there.page.getByRole('button', { name: 'Go on with Oslo' }).click();
    await there.page.getByText('Nothing is on its way').waitFor({ timeout });
    await there.page.getByRole('link', { name: 'Transfers at Headquarters' }).waitFor();
    expect(there.faults).toEqual([]);
  });

  test('a server that was killed is tried again, and not failed; green comes back with its answer', async () => {
    await page.goto(`${hq.url}/network`);
    await row('Berlin').getByText('In step').waitFor({ timeout });
    await health().getByText('All 3 sites hold everything').waitFor({ timeout });
    await berlin.kill();
    await row('Berlin').getByText('Retrying').waitFor({ timeout });
    await row('Berlin')
      .getByText(/^\d+ tr(y|ies)$/)
      .waitFor({ timeout });
    await row('Berlin')
      .getByText(/^in \d+ s|^now$/)
      .first()
      .waitFor({ timeout });
    const reason = await row('Berlin').locator('span[title]').last().getAttribute('title');
    expect(reason).not.toBe('');
    await health()
      .getByText(/Berlin has not answered since .+; it will catch up by itself/)
      .waitFor({ timeout });
    expect(await page.getByText('Failed', { exact: false }).count()).toBe(0);
    await expectAccessible(page, 'a server that does not answer');
    await takePicture(page, 'network-retrying');
    // What it said before counts no more: grey in coverage, in every row.
    await page.getByRole('link', { name: 'Coverage' }).click();
    const sites = page.getByRole('region', { name: 'Sites over all packages' });
    await sites.getByRole('row').filter({ hasText: 'Berlin' }).getByText('Not heard since').waitFor({ timeout });
    const grid = page.getByRole('region', { name: 'Packages by site' });
    await grid.getByText('not heard').first().waitFor({ timeout });
    await page.getByRole('main').getByRole('link', { name: 'Network' }).click();

    const againAt = Date.now();
    berlin = await start('Berlin');
    await row('Berlin')
      .getByText('In step')
      .waitFor({ timeout: 2 * timeout });
    expect(Date.parse((await peersOf(hq))[0]?.lastAnswerAt ?? '')).toBeGreaterThan(againAt);
    await health().getByText('All 3 sites hold everything').waitFor({ timeout });
    expect(ui.faults).toEqual([]);
  });
});
