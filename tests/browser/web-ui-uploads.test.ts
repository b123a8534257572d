import { createHash } from 'node:crypto';
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '@odst/testing';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBrowser } from '../support/browser.ts';
import { filesBelow } from '../support/files-below.ts';
import { installerFile } from '../support/installer-file.ts';
import { tabMemory } from '../support/tab-memory.ts';
import { becomesPublic } from '../support/two-servers.ts';
import { expectAccessible, signIn, takePicture } from '../support/ui.ts';
import { adminPassword, startUploadPage, type UploadPage } from '../support/upload-page.ts';

const megabyte = 1_048_576;
const browser: Browser | undefined = await startBrowser();
let at: UploadPage;

beforeAll(async () => {
  if (browser !== undefined) at = await startUploadPage(browser);
});

afterAll(async () => {
  await at?.[Symbol.asyncDispose]();
  await browser?.close();
});

describe.skipIf(browser === undefined)('uploads in the web UI', { timeout: 900_000 }, () => {
  test('three files go on over a line that breaks; each has its tick when the server has made it a package', async () => {
    const files = await Promise.all(
      [['Fonts.pkg', 24_000_000] as const, ['Tool.pkg', 300_000] as const, ['Wörter ñ.dmg', 200_000] as const].map(
        async ([name, size]) => ({ name, ...(await installerFile(join(at.folder, name), size, name)) }),
      ),
    );
    await at.choose(files.map(({ path }) => path));
    await at.startAndHold('Fonts.pkg', 30);
    // Of a small file all may be at the server when the line breaks, which the next try learns by a conflict.
    for (const { name } of files.slice(1)) await at.tick(name).waitFor({ timeout: 120_000 });
    await at.cut();
    await at.row('Fonts.pkg').getByText('next try').waitFor();
    await at.row('Fonts.pkg').getByText('The server does not answer').waitFor();
    expect(await at.tick('Fonts.pkg').count()).toBe(0);
    await takePicture(at.page, 'uploads-retrying');
    await at.limit();
    for (const { name } of files) await at.tick(name).waitFor({ timeout: 120_000 });
    for (const { name, sha256 } of files) {
      await becomesPublic(at.server, name, sha256);
      const bytes = Buffer.from(await (await at.server.admin.download(name)).arrayBuffer());
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
    }
    await at.row('Fonts.pkg').getByRole('button', { name: 'Copy SHA-256' }).waitFor();
    expect(
      await at
        .row('Fonts.pkg')
        .getByTitle(files[0]?.sha256 ?? '')
        .count(),
    ).toBe(1);
    await expectAccessible(at.page, 'tray');
    await takePicture(at.page, 'uploads-published');
    await at.clear();
    await at.tray().waitFor({ state: 'detached' });
    expect(at.ui.faults.splice(0).filter((fault) => !/ERR_(INTERNET_DISCONNECTED|CONNECTION_RESET)/.test(fault))).toEqual([]);
  });

  test('a reload at half, and a tab that was closed, lose nothing: the same file goes on, another one is refused', async () => {
    const file = await installerFile(join(at.folder, 'Office.pkg'), 40 * megabyte, 'office');
    await mkdir(join(at.folder, 'other'));
    const other = await installerFile(join(at.folder, 'other', 'Office.pkg'), 40 * megabyte, 'another build');
    const third = await installerFile(join(at.folder, 'Third.pkg'), megabyte, 'third');
    await at.choose([file.path]);
    await at.startAndHold('Office.pkg', 50);
    await at.page.reload();
    await at.row('Office.pkg').getByRole('button', { name: 'Choose the file again' }).waitFor({ timeout: 120_000 });
    const [left] = await at.unfinished();
    // What is in the middle of a slice counts as far as it came.
    expect(left?.offsetBytes).toBeGreaterThan(0.3 * file.sizeBytes);
    await expectAccessible(at.page, 'unfinished');
    await takePicture(at.page, 'uploads-unfinished');
    const again = at.row('Office.pkg').locator('input[type=file]');
    await again.setInputFiles(third.path);
    await at.row('Office.pkg').getByText('This upload is of Office.pkg, and you chose Third.pkg').waitFor();
    await again.setInputFiles(other.path);
    await at.row('Office.pkg').getByText('and other content, or it was changed since').waitFor();
    expect(await at.tick('Office.pkg').count()).toBe(0);
    at.sent.length = 0;
    await again.setInputFiles(file.path);
    await at.hold('Office.pkg', 60);
    // Another tab says that it goes on here, and has nothing to choose.
    const tab = await at.ui.context.newPage();
    await tab.goto(`${at.url}/network`);
    await tab.getByRole('region', { name: 'Uploads' }).getByText('goes on in another tab').waitFor({ timeout: 120_000 });
    expect(await tab.getByRole('button', { name: 'Choose the file again' }).count()).toBe(0);
    await tab.close();
    await at.limit();
    await at.tick('Office.pkg').waitFor({ timeout: 120_000 });
    expect(at.sent.map(({ id }) => id)).toEqual(at.sent.map(() => left?.id));
    // What was on its way when the page went may have come after the list was read.
    expect(Math.min(...at.sent.map(({ offset }) => offset))).toBeGreaterThanOrEqual(left?.offsetBytes ?? Number.NaN);
    await becomesPublic(at.server, 'Office.pkg', file.sha256);
    await at.clear();
    expect(at.ui.faults.splice(0)).toEqual([]);
  });

  test('cancel has the server forget what it has, also of a visit before; clear cancels nothing', async () => {
    const file = await installerFile(join(at.folder, 'Wrong.pkg'), 20 * megabyte, 'wrong');
    await at.choose([file.path]);
    await at.startAndHold('Wrong.pkg', 30);
    await at.row('Wrong.pkg').getByRole('button', { name: 'Pause Wrong.pkg' }).click();
    await at.row('Wrong.pkg').getByText('paused: what was sent stays').waitFor();
    expect(await at.tray().getByRole('button', { name: 'Clear', exact: true }).count()).toBe(0);
    await at.page.reload();
    await at.limit();
    await at.row('Wrong.pkg').getByRole('button', { name: 'Cancel Wrong.pkg' }).click();
    await at.row('Wrong.pkg').getByText('Packages stay as they are').waitFor();
    expect(await at.unfinished()).toHaveLength(1);
    await at.row('Wrong.pkg').getByRole('button', { name: 'Cancel this upload' }).click();
    await at.tray().waitFor({ state: 'detached' });
    expect(await at.unfinished()).toEqual([]);
    expect(at.ui.faults.splice(0)).toEqual([]);
  });

  test('a session that ends in the middle is begun again, and the upload goes on by itself', async () => {
    const file = await installerFile(join(at.folder, 'Session.pkg'), 40 * megabyte, 'session');
    await at.choose([file.path]);
    // The server tells of whole slices, and of the first one no sooner than 40 %.
    await at.startAndHold('Session.pkg', 50);
    const sessions = (await (await at.server.admin.send('/api/v1/sessions')).json()) as { items: readonly { id: string }[] };
    at.ui.expects(401);
    for (const { id } of sessions.items) await at.server.admin.send(`/api/v1/sessions/${id}`, { method: 'DELETE' });
    await at.page.getByText('Your session has ended').waitFor({ timeout: 120_000 });
    const [stood] = await at.unfinished();
    at.sent.length = 0;
    await signIn(at.page, 'admin', adminPassword);
    await at.page.getByRole('dialog').waitFor({ state: 'detached' });
    await at.limit();
    await at.tick('Session.pkg').waitFor({ timeout: 120_000 });
    at.ui.expects();
    expect(at.sent[0]?.offset).toBeGreaterThanOrEqual(stood?.offsetBytes ?? 0);
    expect(stood?.offsetBytes).toBeGreaterThan(0);
    await becomesPublic(at.server, 'Session.pkg', file.sha256);
    await at.clear();
    at.ui.faults.length = 0;
  });

  test('a server that is killed in the middle and starts again gets the rest, and no byte twice but of one slice', async () => {
    const file = await installerFile(join(at.folder, 'Killed.pkg'), 40 * megabyte, 'killed');
    await at.choose([file.path]);
    await at.startAndHold('Killed.pkg', 40);
    at.sent.length = 0;
    await at.server.kill();
    const row = at.row('Killed.pkg');
    await row.getByText('next try').waitFor({ timeout: 120_000 });
    await row.getByText('The server does not answer').waitFor();
    expect(await row.getByText('✓').count()).toBe(0);
    await at.restart();
    await at.limit();
    await at.tick('Killed.pkg').waitFor({ timeout: 180_000 });
    expect(Math.min(...at.sent.map(({ offset }) => offset))).toBeGreaterThanOrEqual(0.4 * file.sizeBytes - 17 * megabyte);
    await becomesPublic(at.server, 'Killed.pkg', file.sha256);
    await at.clear();
    at.ui.faults.length = 0;
  });

  test('12 GB leave the memory of the tab as it was, and the server frees what it had when it is cancelled', async () => {
    const path = join(at.folder, 'Image.dmg');
    await writeFile(path, '');
    await truncate(path, 12 * 1_024 * megabyte);
    const memory = await tabMemory(browser as Browser, at.page);
    await at.choose([path]);
    await at.start();
    await eventually(async () => ((await at.unfinished())[0]?.offsetBytes ?? 0) >= 64 * megabyte, 120_000);
    const early = await memory();
    await eventually(async () => ((await at.unfinished())[0]?.offsetBytes ?? 0) >= 600 * megabyte, 120_000);
    const late = await memory();
    expect(late.heapBytes - early.heapBytes).toBeLessThan(16 * megabyte);
    expect(late.residentBytes - early.residentBytes).toBeLessThan(128 * megabyte);
    await at.row('Image.dmg').getByRole('button', { name: 'Cancel Image.dmg' }).click();
    await at.row('Image.dmg').getByRole('button', { name: 'Cancel this upload' }).click();
    await at.tray().waitFor({ state: 'detached', timeout: 120_000 });
    expect(await at.unfinished()).toEqual([]);
    await eventually(async () => (await filesBelow(join(at.server.dataDir, 'staging'))).length === 0, 120_000);
    expect(at.ui.faults.splice(0)).toEqual([]);
  });
});
