import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '@odst/testing';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBrowser } from '../support/browser.ts';
import { plantLetters } from '../support/dead-letters.ts';
import { installerFile } from '../support/installer-file.ts';
import { onServerDatabase } from '../support/server-database.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { twoServers } from '../support/two-servers.ts';
import { expectAccessible, openUi, signIn, takePicture, type UiPage } from '../support/ui.ts';

const password = 'a password of its own';
const theirs = 'correct horse';
const browser: Browser | undefined = await startBrowser();
const stack = new AsyncDisposableStack();
/** Two servers that each had another Fonts.pkg before they met. */
let a: ServerProcess;
let b: ServerProcess;
/** An admin at A. */
let ui: UiPage;
let page: Page;

/** Accounts, and what they may do. */
const people = {
  eva: { role: 'viewer' },
  paul: { role: 'uploader' },
  ines: { role: 'promoter' },
  tom: { role: 'promoter', stages: ['Dev'] },
  lea: { role: 'admin', stages: ['Dev'] },
} as const;

beforeAll(async () => {
  const env = { ODST_ADMIN_PASSWORD: password };
  const two = stack.use(
    await twoServers({
      a: { env: { ...env, ODST_NAME: 'Headquarters', ODST_STAGE: 'Dev' } },
      b: { env: { ...env, ODST_NAME: 'Berlin', ODST_STAGE: 'Dev' } },
    }),
  );
  const starting = [startServerProcess(two.a), startServerProcess(two.b)] as const;
  for (const one of await Promise.allSettled(starting)) if (one.status === 'fulfilled') stack.use(one.value);
  [a, b] = await Promise.all(starting);
  for (const server of [a, b]) {
    const { path } = await installerFile(join(two.path, 'file'), 300_000, server.url);
    expect((await server.admin.upload(path, 'Fonts.pkg', 'Prod')).status).toBe(201);
  }
  const { path } = await installerFile(join(two.path, 'file'), 200_000, 'tool');
  expect((await a.admin.upload(path, 'Tool.pkg', 'Dev')).status).toBe(201);
  for (const [username, rights] of Object.entries(people)) {
    const body = JSON.stringify({ username, password: theirs, ...rights });
    const made = await a.admin.send('/api/v1/accounts', { method: 'POST', headers: json, body });
    expect(made.status).toBe(201);
  }
  const wrong = { method: 'POST', headers: json, body: JSON.stringify({ username: 'eva', password: 'a wrong password' }) };
  expect((await fetch(`${a.url}/api/v1/session`, wrong)).status).toBe(401);
  expect((await a.admin.register(await b.admin.about())).status).toBe(201);
  await eventually(async () => (await conflictsOf(a)) === 1 && (await conflictsOf(b)) === 1, 120_000);
});

afterAll(async () => {
  await browser?.close();
  await stack.disposeAsync();
});

const json = { 'content-type': 'application/json' };

async function conflictsOf({ admin }: ServerProcess): Promise<number> {
  return ((await (await admin.send('/api/v1/conflicts')).json()) as { items: unknown[] }).items.length;
}

/** Waits for words on the page: what runs meanwhile on two cores takes its time. */
const seen = (words: string | RegExp, on = page) => on.getByText(words).first().waitFor({ timeout: 120_000 });

/** Goes to an address as a link in the page would, without loading the application again. */
const goTo = (on: Page, path: string) => on.evaluate(`history.pushState({}, '', ${JSON.stringify(path)})`);

/** Shows a page, and waits for words on it. */
async function show(on: Page, path: string, words: string | RegExp): Promise<void> {
  await goTo(on, path);
  await seen(words, on);
}

const acts =
  /^(Upload|Promote.*|Move to.*|Roll back.*|Delete…|Restore.*|Confirm.*|Decide|Do without it|Register|Edit|Rebuild|New account|New token|Revoke|Change|Remove)$/;

/** Pages with acts, their headings, and words that they show once they know what they are to show. */
const pagesWithActs = [
  ['/packages', 'Packages', 'Tool.pkg'],
  ['/packages/2', 'Packages', 'Where it is'],
  ['/network', 'Network', 'Berlin'],
  ['/transfers', 'Transfers', /./],
  ['/activity', 'Activity', 'Conflict in Prod'],
  ['/admin', 'Admin', 'Disk of the packages'],
  ['/admin/tokens', 'Admin', 'New token'],
  ['/admin/read-models', 'Admin', 'Live'],
  ['/admin/accounts', 'Admin', /This page is for admins|Password set/],
  ['/admin/audit', 'Admin', /This page is for admins|Account created/],
] as const;

/** What somebody is offered, on all pages; where something of it is still on its way, they are gone through again. */
async function offersTo(username: string, secret: string, wanted: readonly string[]): Promise<readonly string[]> {
  await using other = await openUi(browser as Browser, `${a.url}/`);
  await signIn(other.page, username, secret);
  await seen('Tool.pkg', other.page);
  const offers = new Set<string>();
  for (let tour = 0; tour < 20 && (tour === 0 || wanted.some((name) => !offers.has(name))); tour += 1) {
    for (const [path, heading, words] of pagesWithActs) {
      await goTo(other.page, path);
      await other.page.getByRole('heading', { level: 1, name: heading }).waitFor({ timeout: 120_000 });
      await seen(words, other.page);
      const buttons = other.page.getByRole('button', { name: acts });
      const names = await buttons.evaluateAll((all) => all.map((one) => one.getAttribute('aria-label') ?? one.textContent));
      for (const name of names) offers.add(name);
    }
  }
  expect(other.faults).toEqual([]);
  return [...offers].toSorted();
}

describe.skipIf(browser === undefined)('the web UI for admins, and for others', { timeout: 900_000 }, () => {
  test('offers each role what it may do, and nothing else; a page for admins alone says so', async () => {
    const ofAll = ['New token'];
    const ofUploaders = [...ofAll, 'Upload'];
    const ofDev = ['New token', 'Roll back', 'Upload'];
    const ofPromoters = ['Decide', 'Delete…', 'New token', 'Promote Tool.pkg to Test', 'Promote to Test', 'Roll back', 'Upload'];
    const ofAdmins = [...ofPromoters, 'Change', 'Edit', 'New account', 'Rebuild', 'Register', 'Remove'];
    const wanted = { eva: ofAll, paul: ofUploaders, ines: ofPromoters, tom: ofDev, lea: ofDev, admin: ofAdmins.toSorted() };
    const offers = await Promise.all(
      Object.entries(wanted).map(async ([name, all]) => [name, await offersTo(name, name === 'admin' ? password : theirs, all)]),
    );
    expect(Object.fromEntries(offers)).toEqual(wanted);
  });

  test('shows who waits for a person, and decides a conflict for both servers', async () => {
    ui = stack.use(await openUi(browser as Browser, `${a.url}/activity`));
    page = ui.page;
    await signIn(page, 'admin', password);
    await seen('Conflict in Prod');
    await page.getByRole('banner').getByText('1 conflict needs a decision').waitFor({ timeout: 120_000 });
    await using atBerlin = await openUi(browser as Browser, `${b.url}/activity`);
    await signIn(atBerlin.page, 'admin', password);
    await seen('Conflict in Prod', atBerlin.page);
    await expectAccessible(page, 'a conflict');
    await takePicture(page, 'conflict');
    await page.getByRole('radio', { name: /KB/ }).last().check();
    await seen('1 content goes into the trash here.');
    await page.getByRole('button', { name: 'Decide' }).click();
    await seen('Nothing needs a person.');
    await seen('Nothing needs a person.', atBerlin.page);
    expect([await conflictsOf(a), await conflictsOf(b)]).toEqual([0, 0]);
    await seen('admin resolved the conflict in Prod');
    expect([ui.faults, atBerlin.faults]).toEqual([[], []]);
  });

  test('tries a message that was set aside again, and does without one', async () => {
    const isPublished = ({ type }: { type: string }) => type === 'org.odst.catalog.PackagePublished.v1';
    const event = (await a.admin.events()).items.find(isPublished) ?? {};
    const poison = { ...event, data: { content: { sizeBytes: 'rubbish' } } };
    await onServerDatabase(a.dataDir, async (owner) => {
      await plantLetters(owner, { consumer: 'sync.feed', key: 'poison', events: [poison] });
      await plantLetters(owner, { consumer: 'sync.feed', key: 'mended', events: [event] });
    });
    await page.reload();
    const letters = page.getByRole('article');
    await eventually(async () => (await letters.count()) === 2, 120_000);
    await letters.first().getByRole('button', { name: 'Try again' }).click();
    await seen('tried 9 times');
    await letters.last().getByRole('button', { name: 'Try again' }).click();
    await eventually(async () => (await letters.count()) === 1, 120_000);
    await expectAccessible(page, 'a dead letter');
    await letters.getByLabel('Why it may be done without').fill('a trial');
    await letters.getByRole('button', { name: 'Do without it' }).click();
    await seen('Nothing needs a person.');
    expect(ui.faults).toEqual([]);
  });

  test('shows what happened by person and package, each with its event', async () => {
    await page.getByRole('searchbox', { name: 'Account' }).fill('eva');
    await page.keyboard.press('Enter');
    await page.waitForURL(({ searchParams }) => searchParams.get('actor') === 'eva');
    await page.getByText('admin resolved the conflict in Prod').first().waitFor({ state: 'detached' });
    await seen('eva signed in');
    await page.getByRole('button', { name: 'Event', exact: true }).first().click();
    await seen('"SessionStarted"');
    await page.getByRole('button', { name: 'Show everything' }).click();
    await page.waitForURL(({ searchParams }) => !searchParams.has('actor'));
    await page.getByRole('searchbox', { name: 'Package' }).fill('Fonts.pkg');
    await page.keyboard.press('Enter');
    await seen('admin resolved the conflict in Prod');
    await page.getByText('signed in').first().waitFor({ state: 'detached', timeout: 120_000 });
    expect(ui.faults).toEqual([]);
  });

  test('finds packages, servers, settings and acts with the keyboard alone', async () => {
    const box = page.getByRole('combobox', { name: 'Search', exact: true });
    const found = async (typed: string, first: string, key = '/') => {
      await page.keyboard.press(key);
      await box.and(page.locator(':focus')).waitFor({ timeout: 120_000 });
      await page.keyboard.type(typed);
      await page.locator('#found [aria-selected=true]', { hasText: first }).waitFor({ timeout: 120_000 });
      await page.keyboard.press('Enter');
      await box.waitFor({ state: 'detached' });
    };
    await page.locator('#content').focus();
    await found('berl', 'Berlin');
    await page.waitForURL(/\/network\/[0-9a-f]{32}$/);
    await found('fo', 'Fonts.pkg', 'Control+k');
    await page.waitForURL(/\/packages\/\d+/);
    await found('trash', 'Trash');
    await page.waitForURL(/\/admin$/);
    await found('upl', 'Upload');
    await page.getByRole('dialog', { name: /Upload/ }).waitFor({ timeout: 120_000 });
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await found('dark', 'Colours: Dark');
    await eventually(async () => (await page.locator('html[data-mantine-color-scheme=dark]').count()) === 1);
    await page.keyboard.press('/');
    await page.locator('#found button').first().waitFor();
    await expectAccessible(page, 'search');
    await takePicture(page, 'search');
    await page.keyboard.press('Escape');
    await box.waitFor({ state: 'detached' });
    await found('light', 'Colours: Light');
    await found('new acc', 'New account');
    await page.getByRole('dialog', { name: 'New account' }).waitFor({ timeout: 120_000 });
    expect(ui.faults).toEqual([]);
  });

  test('makes, changes and removes accounts; a refusal is told in the server’s words, at its field', async () => {
    const dialog = page.getByRole('dialog');
    const name = dialog.getByRole('textbox', { name: 'Account' });
    await name.fill('otto');
    await dialog.getByRole('textbox', { name: 'Password' }).fill('too short');
    ui.expects(409, 412, 422);
    await dialog.getByRole('button', { name: 'New account' }).click();
    // Above the form, and at the field.
    await eventually(async () => (await dialog.getByText('a password has 10 to 1000 characters').count()) === 2, 120_000);
    await name.fill('eva');
    await dialog.getByRole('textbox', { name: 'Password' }).fill('long enough, this one');
    await dialog.getByRole('button', { name: 'New account' }).click();
    await dialog.getByRole('alert').getByText('REGISTRATION_ACCOUNT_TAKEN').waitFor({ timeout: 120_000 });
    await name.fill('otto');
    await dialog.getByRole('button', { name: 'New account' }).click();
    const row = (username: string) => page.getByRole('row').filter({ hasText: username });
    await row('otto').waitFor({ timeout: 120_000 });
    await dialog.waitFor({ state: 'detached' });
    await row('otto').getByRole('button', { name: 'Change' }).click();
    await dialog.getByRole('button', { name: 'Save' }).waitFor();
    const change = { method: 'PATCH', headers: json, body: JSON.stringify({ role: 'promoter' }) };
    expect((await a.admin.send('/api/v1/accounts/otto', change)).status).toBe(200);
    await dialog.locator('label', { hasText: 'Prod' }).click();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByRole('button', { name: 'Show what it is now' }).click({ timeout: 120_000 });
    await eventually(async () => (await dialog.getByLabel('Role').inputValue()).startsWith('Promoter'), 120_000);
    await expectAccessible(page, 'an account');
    await dialog.locator('label', { hasText: 'Prod' }).click();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await row('otto').getByText('Dev, Test').waitFor({ timeout: 120_000 });
    await row('admin (you)').getByRole('button', { name: 'Remove' }).click();
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await dialog.getByText('REGISTRATION_ACCOUNT_LAST_ADMIN').waitFor({ timeout: 120_000 });
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'detached' });
    await row('otto').getByRole('button', { name: 'Remove' }).click();
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await row('otto').waitFor({ state: 'detached', timeout: 120_000 });
    ui.expects();
    expect(ui.faults).toEqual([]);
  });

  test('shows a token this one time, and revokes it; ends a session', async () => {
    await show(page, '/admin/tokens', 'There is no token yet');
    await page.getByRole('button', { name: 'New token' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('nightly run');
    await dialog.getByRole('button', { name: 'New token' }).click();
    const token = await dialog.getByText(/^odst_/).textContent({ timeout: 120_000 });
    const asked = await fetch(`${a.url}/api/v1/session`, { headers: { authorization: `Bearer ${token}` } });
    expect(asked.status).toBe(200);
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await page.getByRole('button', { name: 'Revoke' }).click();
    await dialog.getByRole('button', { name: 'Revoke' }).click();
    await seen('There is no token yet');
    await show(page, '/admin/sessions', 'this one');
    const of = page.getByRole('row').filter({ hasText: 'paul' });
    await of.getByRole('button', { name: 'End' }).click();
    await dialog.getByRole('button', { name: 'End' }).click();
    await of.waitFor({ state: 'detached', timeout: 120_000 });
    expect(ui.faults).toEqual([]);
  });

  test('keeps what it knows, with its age, and a dialog with what was typed, while something is not told', async () => {
    ui.expects(500);
    const old = page.getByText('What is shown is as it was at').first();
    const dialog = page.getByRole('dialog');
    const setTrash = async (trashDays: number) => {
      const change = { method: 'PATCH', headers: json, body: JSON.stringify({ trashDays }) };
      expect((await a.admin.send('/api/v1/settings', change)).status).toBe(200);
    };
    const { iss } = await b.admin.about();
    const cases = [
      ['/admin', 'Disk of the packages', 'Edit', '**/api/v1/settings'],
      ['/admin/sessions', 'this one', 'End', '**/api/v1/sessions'],
      [`/network/${iss}`, 'What is taken from it', 'Unregister', '**/api/v1/peers'],
    ] as const;
    for (const [index, [path, words, act, asked]] of cases.entries()) {
      await show(page, path, words);
      await page.getByRole('button', { name: act, exact: true }).first().click();
      if (act === 'Edit') await dialog.getByRole('textbox', { name: 'Name' }).fill('Typed');
      else await dialog.getByRole('button', { name: act }).waitFor({ timeout: 120_000 });
      await page.route(asked, (route) => route.fulfill({ status: 500 }));
      await setTrash(40 + index);
      await old.waitFor({ timeout: 120_000 });
      if (act === 'Edit') expect(await dialog.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('Typed');
      else expect(await dialog.getByRole('button', { name: act }).count()).toBe(1);
      await page.unroute(asked);
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Try again' }).first().click();
      await old.waitFor({ state: 'detached', timeout: 120_000 });
    }
    ui.expects();
    expect(ui.faults).toEqual([]);
  });

  test('draws the last hours, and has the same as figures', async () => {
    await onServerDatabase(a.dataDir, (owner) => owner.query(samples));
    await show(page, '/admin/resources?hours=6', 'The same as figures');
    await eventually(async () => (await page.getByRole('img').locator('canvas').count()) === 6, 120_000);
    const rows = page.getByRole('region', { name: 'The same as figures' }).getByRole('row');
    await eventually(async () => (await rows.count()) > 50);
    await rows.filter({ hasText: '42 %' }).first().waitFor();
    await expectAccessible(page, 'resources');
    await takePicture(page, 'resources-drawn');
    await page.locator('label', { hasText: '48 hours' }).click();
    await seen('shown every 10 minutes');
    await page.waitForURL(/hours=48/);
    expect(ui.faults).toEqual([]);
  });

  test('tells what fills the disk, who did what, and what the server is made of', async () => {
    await show(page, '/admin/storage', 'What lies in the trash');
    await page.getByRole('row').filter({ hasText: 'Fonts.pkg' }).getByText('KB').waitFor();
    await show(page, '/admin/audit', 'Account removed');
    await page.getByRole('button', { name: 'Refused' }).click();
    await seen('REGISTRATION_CREDENTIALS_INVALID');
    await page.getByText('Account removed').waitFor({ state: 'detached', timeout: 120_000 });
    const saved = await page.getByRole('link', { name: /as JSON/ }).getAttribute('href');
    expect((await a.admin.send(saved ?? '')).status).toBe(200);
    await show(page, '/admin/about', 'Show licences');
    const [bundle] = await Promise.all([
      page.waitForEvent('download', { timeout: 120_000 }),
      page.getByRole('button', { name: 'Save support bundle' }).click(),
    ]);
    const text = await readFile(await bundle.path(), 'utf8');
    expect(JSON.parse(text)).toMatchObject({ settings: { name: 'Headquarters' }, peers: { items: [{ name: 'Berlin' }] } });
    expect(text).not.toContain('"refused"');
    for (const secret of [password, theirs, (await a.admin.about()).key]) expect(text).not.toContain(secret);
    await page.getByRole('button', { name: 'Show licences' }).click();
    await page.getByRole('searchbox', { name: 'A package, a licence' }).fill('fastify');
    await page.getByRole('row').filter({ hasText: '@fastify/static' }).getByRole('button', { name: 'Read' }).click();
    await seen(/Permission is hereby granted/);
    await expectAccessible(page, 'a licence');
    await page.keyboard.press('Escape');
    await show(page, '/admin/nothing', 'There is no such page');
    expect(ui.faults).toEqual([]);
  });

  test('gives somebody another password, and signs out', async () => {
    await using other = await openUi(browser as Browser, `${a.url}/`);
    await signIn(other.page, 'eva', theirs);
    await other.page.getByRole('button', { name: 'Account eva' }).click();
    await other.page.getByRole('menuitem', { name: 'Change password' }).click();
    const dialog = other.page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Password until now' }).fill(theirs);
    await dialog.getByRole('textbox', { name: 'New password', exact: true }).fill('another one of hers');
    await dialog.getByRole('textbox', { name: 'New password again' }).fill('another one of hers');
    await dialog.getByRole('button', { name: 'Set password' }).click();
    await dialog.waitFor({ state: 'detached', timeout: 120_000 });
    await other.page.getByRole('button', { name: 'Account eva' }).click();
    await other.page.getByRole('menuitem', { name: 'Sign out' }).click();
    await signIn(other.page, 'eva', 'another one of hers');
    await other.page.getByText('Tool.pkg').first().waitFor({ timeout: 120_000 });
    expect(other.faults).toEqual([]);
  });
});

/** Three hours of a server at work, minute by minute. */
const samples = `
  INSERT INTO gateway.system_samples (at, source, measured)
  SELECT date_trunc('minute', now()) - make_interval(mins => minute), 'a machine', json_build_object(
    'cpuBusyMs', 1000 * (180 - minute), 'cpuTotalMs', round(1000 * (180 - minute) / 0.42),
    'memoryUsedBytes', round(4e9 + 5e8 * sin(minute / 20.0))::bigint, 'memoryTotalBytes', 16000000000,
    'diskUsedBytes', 300000000000 - minute * 100000000::bigint, 'diskFreeBytes', 200000000000, 'diskTotalBytes', 500000000000,
    'heldBytes', 210000000000 - minute * 90000000::bigint, 'networkReceivedBytes', 1000000000 - minute * 3000000,
    'networkSentBytes', 9000000000 - minute * 40000000::bigint,
    'traffic', json_build_object('uploadedBytes', 2000000000 - minute * 9000000, 'downloadedBytes', 9000000000 - minute * 45000000::bigint,
      'syncReceivedBytes', 900000000 - minute * 2000000, 'syncSentBytes', 7000000000 - minute * 30000000::bigint))
  FROM generate_series(5, 180) AS minute ON CONFLICT DO NOTHING`;
