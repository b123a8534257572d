import { mkdir, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '@odst/testing';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBrowser } from '../support/browser.ts';
import { installerFile } from '../support/installer-file.ts';
import { startServerProcess } from '../support/server-process.ts';
import { canMount, mountSmallVolume } from '../support/small-volume.ts';
import { becomesPublic } from '../support/two-servers.ts';
import { expectAccessible, openUi, signIn, takePicture } from '../support/ui.ts';
import { adminPassword, startUploadPage, type UploadPage } from '../support/upload-page.ts';

const megabyte = 1_048_576;
const browser: Browser | undefined = await startBrowser();
let at: UploadPage;

beforeAll(async () => {
  if (browser === undefined) return;
  at = await startUploadPage(browser);
  const { path } = await installerFile(join(at.folder, 'Tool.pkg'), 300_000, 'tool');
  expect((await at.server.admin.upload(path, 'Tool.pkg', 'Dev')).status).toBe(201);
});

afterAll(async () => {
  await at?.[Symbol.asyncDispose]();
  await browser?.close();
});

describe.skipIf(browser === undefined)('an upload in the web UI', { timeout: 900_000 }, () => {
  test('a taken name shows both contents, and is replaced only when somebody says so', async () => {
    await mkdir(join(at.folder, 'next'));
    const next = await installerFile(join(at.folder, 'next', 'Tool.pkg'), 350_000, 'tool 2');
    await at.choose([next.path]);
    const dialog = at.page.getByRole('dialog');
    const before = (await at.server.admin.package('Tool.pkg')).sha256;
    await dialog
      .getByRole('row', { name: /in Dev/ })
      .getByTitle(before)
      .waitFor({ timeout: 120_000 });
    await dialog.getByRole('row', { name: /yours/ }).getByTitle(next.sha256).waitFor({ timeout: 120_000 });
    expect(await dialog.getByRole('button', { name: /^Upload/ }).isDisabled()).toBe(true);
    await expectAccessible(at.page, 'taken');
    await takePicture(at.page, 'uploads-taken');
    await dialog.getByLabel('Replace what Dev has').check();
    await at.start();
    await at.tick('Tool.pkg').waitFor({ timeout: 120_000 });
    await becomesPublic(at.server, 'Tool.pkg', next.sha256);
    // The same bytes once more would change nothing, and the dialog says so.
    await at.choose([next.path]);
    await at.page.getByRole('dialog').getByText('The same bytes are in Dev already').waitFor({ timeout: 120_000 });
    await at.page.getByRole('dialog').getByRole('button', { name: 'Cancel', exact: true }).click();
    await at.clear();
    expect(at.ui.faults.splice(0)).toEqual([]);
  });

  test('a name that is taken meanwhile is refused in the server’s words; one that was replaced meanwhile waits for a person', async () => {
    const mine = await installerFile(join(at.folder, 'Race.pkg'), 80 * megabyte, 'mine');
    const theirs = await installerFile(join(at.folder, 'theirs.pkg'), 100_000, 'theirs');
    const third = await installerFile(join(at.folder, 'theirs-2.pkg'), 120_000, 'theirs 2');
    await at.choose([mine.path]);
    await at.startAndHold('Race.pkg', 10);
    expect((await at.server.admin.upload(theirs.path, 'Race.pkg', 'Dev')).status).toBe(201);
    at.ui.expects(422);
    await at.limit();
    const row = at.row('Race.pkg');
    await row.getByText('Name taken by other content').waitFor({ timeout: 120_000 });
    await row.getByText('"Race.pkg" is package').waitFor();
    await row.getByText('refused: nothing of it was kept, and every package is as it was').waitFor();
    await row.getByRole('button', { name: 'Copy trace id' }).waitFor();
    expect(await row.getByText('✓').count()).toBe(0);
    await expectAccessible(at.page, 'refused');
    await takePicture(at.page, 'uploads-refused');
    at.ui.expects();
    await row.getByRole('button', { name: 'Look at both' }).click();
    const dialog = at.page.getByRole('dialog');
    await dialog
      .getByRole('row', { name: /in Dev/ })
      .getByTitle(theirs.sha256)
      .waitFor({ timeout: 120_000 });
    await dialog.getByRole('row', { name: /yours/ }).getByTitle(mine.sha256).waitFor({ timeout: 120_000 });
    await dialog.getByLabel('Replace what Dev has').check();
    await row.getByRole('button', { name: 'Clear Race.pkg from the list' }).dispatchEvent('click');
    await at.startAndHold('Race.pkg', 10);
    expect((await at.server.admin.upload(third.path, 'Race.pkg', 'Dev', { replace: true })).status).toBe(201);
    await at.limit();
    await row.getByText('Replaced by somebody else meanwhile').waitFor({ timeout: 120_000 });
    await row.getByText(`Dev has 117 KB now (${third.sha256.slice(0, 6)}`).waitFor();
    expect((await at.server.admin.package('Race.pkg')).sha256).toBe(third.sha256);
    expect(await row.getByText('✓').count()).toBe(0);
    await row.getByRole('button', { name: 'Replace that too' }).click();
    await at.tick('Race.pkg').waitFor({ timeout: 120_000 });
    await becomesPublic(at.server, 'Race.pkg', mine.sha256);
    await at.clear();
    expect(at.ui.faults.splice(0)).toEqual([]);
  });

  test('a wrong ending and an empty file are refused; a file that changed while it was sent stops, and nothing is published', async () => {
    await writeFile(join(at.folder, 'notes.txt'), 'no installer');
    await writeFile(join(at.folder, 'Empty.pkg'), '');
    const file = await installerFile(join(at.folder, 'Changing.pkg'), 40 * megabyte, 'changing');
    at.ui.expects(422);
    await at.choose([join(at.folder, 'notes.txt'), join(at.folder, 'Empty.pkg'), file.path]);
    await at.page.getByRole('dialog').getByText('This file is empty').waitFor();
    await at.limit(5);
    await at.start();
    await at.row('notes.txt').getByText('the extension of "notes.txt"').waitFor({ timeout: 120_000 });
    await at.row('Empty.pkg').getByText('the file is empty').waitFor({ timeout: 120_000 });
    at.ui.expects();
    await at.hold('Changing.pkg', 5);
    await installerFile(file.path, 40 * megabyte, 'changed');
    await utimes(file.path, new Date(), new Date(Date.now() + 5_000));
    await at.limit();
    const row = at.row('Changing.pkg');
    await row.getByText('The file changed or is gone').waitFor({ timeout: 120_000 });
    expect(await at.tray().getByText('✓').count()).toBe(0);
    await row.getByRole('button', { name: 'Cancel Changing.pkg' }).click();
    await row.getByRole('button', { name: 'Cancel this upload' }).click();
    await row.waitFor({ state: 'detached' });
    expect(await at.unfinished()).toEqual([]);
    expect(await at.server.admin.findPackage('Changing.pkg')).toBeUndefined();
    await at.clear();
    expect(at.ui.faults.splice(0)).toEqual([]);
  });
});

/** Drops files of a page's own on it. @returns whether the page took them from the browser, which would show them instead of the page */
const drop = (target: Page, names: readonly string[]): Promise<boolean> =>
  target.evaluate(`(() => {
    const dataTransfer = new DataTransfer();
    for (const name of ${JSON.stringify(names)}) {
      dataTransfer.items.add(new File(['content of ' + name], name, { lastModified: 1 }));
    }
    const options = { bubbles: true, cancelable: true, dataTransfer };
    document.body.dispatchEvent(new DragEvent('dragover', options));
    return !document.body.dispatchEvent(new DragEvent('drop', options));
  })()`);

describe.skipIf(browser === undefined)('files that are dropped', { timeout: 900_000 }, () => {
  test('are taken by every page; of many the tray shows what runs and the next', async () => {
    await at.page.getByRole('link', { name: 'Network' }).click();
    const names = Array.from({ length: 30 }, (_, index) => `Dropped-${index}.pkg`);
    expect(await drop(at.page, [...names, 'Dropped-0.pkg'])).toBe(true);
    const dialog = at.page.getByRole('dialog');
    await dialog.getByText('Dropped-29.pkg').waitFor({ timeout: 120_000 });
    await dialog.locator('label', { hasText: 'Dev' }).click();
    await dialog.getByRole('button', { name: 'Upload 30 files' }).click();
    await at
      .tray()
      .getByRole('button', { name: /^Show \d+ more$/ })
      .waitFor();
    await at.page.getByRole('link', { name: 'Packages' }).click();
    await at.tray().getByText('30 of 30 published').waitFor({ timeout: 120_000 });
    await at.tray().getByRole('button', { name: 'Show 24 more' }).click();
    expect(await at.tray().getByText('in Dev ✓').count()).toBe(30);
    await at.clear();
    expect(at.ui.faults.splice(0)).toEqual([]);
  });

  test('are nobody’s who may not upload, and the page stays', async () => {
    const account = { username: 'eva', password: 'correct horse', role: 'viewer' };
    const headers = { 'content-type': 'application/json' };
    const made = await at.server.admin.send('/api/v1/accounts', { method: 'POST', headers, body: JSON.stringify(account) });
    expect(made.status).toBe(201);
    await using viewer = await openUi(browser as Browser, `${at.server.url}/packages`);
    await signIn(viewer.page, 'eva', 'correct horse');
    await viewer.page
      .getByRole('link', { name: /^Dropped-/ })
      .first()
      .waitFor({ timeout: 120_000 });
    expect(await drop(viewer.page, ['No.pkg'])).toBe(true);
    expect(await viewer.page.getByRole('dialog').count()).toBe(0);
    expect(viewer.faults).toEqual([]);
  });
});

describe.skipIf(browser === undefined || !(await canMount()))('a server without room', { timeout: 900_000 }, () => {
  test('says so on a phone, in the dark: too large, no room; with room the upload goes on', async () => {
    await using volume = await mountSmallVolume(join(at.folder, 'volume'), 64);
    const env = { ODST_ADMIN_PASSWORD: adminPassword, ODST_DISK_RESERVE_BYTES: '0', BLOB_STORE: `file:${volume.path}` };
    const limits = { ODST_MAX_UPLOAD_BYTES: String(100 * megabyte) };
    await using small = await startServerProcess({
      ...{ dataDir: join(at.folder, 'small'), port: await freePort(), env: { ...env, ...limits } },
    });
    await using phone = await openUi(browser as Browser, `${small.url}/packages`, { isPhone: true, colorScheme: 'dark' });
    const { page: own } = phone;
    await signIn(own, 'admin', adminPassword);
    const [large, roomy] = [join(at.folder, 'Large.dmg'), join(at.folder, 'Roomy.dmg')];
    for (const [path, size] of [[large, 120] as const, [roomy, 80] as const]) {
      await writeFile(path, '');
      await truncate(path, size * megabyte);
    }
    await own.getByRole('button', { name: 'Upload', exact: true }).first().click();
    await own.getByRole('button', { name: 'Choose files' }).waitFor({ timeout: 120_000 });
    await own.setInputFiles('input[type=file]', [large, roomy]);
    await own.getByRole('dialog').locator('label', { hasText: 'Prod' }).click();
    await takePicture(own, 'uploads-dialog-phone');
    phone.expects(413, 507);
    await own.getByRole('button', { name: 'Upload 2 files' }).click();
    const list = own.getByRole('region', { name: 'Uploads' });
    const rowOf = (name: string) => list.getByRole('listitem').filter({ hasText: name }).first();
    await rowOf('Large.dmg').getByText('File too large').waitFor({ timeout: 120_000 });
    await rowOf('Large.dmg').getByText('ODST_MAX_UPLOAD_BYTES').first().waitFor();
    await rowOf('Roomy.dmg').getByText('No room').waitFor({ timeout: 120_000 });
    await rowOf('Roomy.dmg').getByText('83886080 bytes (80.0 MiB) are needed').waitFor();
    await rowOf('Roomy.dmg').getByText('Free space at the server, then go on').waitFor();
    await rowOf('Roomy.dmg').getByRole('button', { name: 'Copy trace id' }).waitFor();
    expect(await list.getByText('✓').count()).toBe(0);
    phone.expects();
    await expectAccessible(own, 'no room');
    await takePicture(own, 'uploads-no-room-phone');
    await list.getByRole('button', { name: 'Fold uploads' }).click();
    await takePicture(own, 'uploads-folded-phone');
    await list.getByRole('button', { name: 'Show uploads' }).click();
    await volume.resize(200);
    await rowOf('Roomy.dmg').getByRole('button', { name: 'Go on with Roomy.dmg' }).click();
    await rowOf('Roomy.dmg').getByText('in Prod ✓').waitFor({ timeout: 120_000 });
    expect(phone.faults).toEqual([]);
  });
});
