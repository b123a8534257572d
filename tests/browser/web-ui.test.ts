import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, freePort, temporaryDirectory } from '@odst/testing';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBrowser } from '../support/browser.ts';
import { installerFile } from '../support/installer-file.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { becomesPublic } from '../support/two-servers.ts';
import { expectAccessible, openUi, signIn, takePicture, type UiPage } from '../support/ui.ts';

const password = 'a password of its own';
const browser: Browser | undefined = await startBrowser();
const stack = new AsyncDisposableStack();
let folder: string;
/** A server that was just installed, with the documented password; and one that is at work, at a Prod site. */
let lab: ServerProcess;
let berlin: ServerProcess;
let ui: UiPage;
let page: Page;

beforeAll(async () => {
  const temporary = stack.use(await temporaryDirectory());
  folder = temporary.path;
  const starting = [
    startServerProcess({ dataDir: join(folder, 'lab'), port: await freePort(), env: { ODST_STAGE: 'Dev' } }),
    startServerProcess({
      ...{ dataDir: join(folder, 'berlin'), port: await freePort() },
      env: { ODST_NAME: 'Berlin', ODST_ADMIN_PASSWORD: password },
    }),
  ] as const;
  const started = await Promise.allSettled(starting);
  for (const one of started) if (one.status === 'fulfilled') stack.use(one.value);
  [lab, berlin] = await Promise.all(starting);
});

afterAll(async () => {
  await browser?.close();
  await stack.disposeAsync();
});

const row = (name: string) => page.getByRole('row').filter({ hasText: name });

/** Waits for words on the page: what runs meanwhile on two cores takes its time. */
const seen = (words: string | RegExp) => page.getByText(words).first().waitFor({ timeout: 120_000 });

describe.skipIf(browser === undefined)('the web UI', { timeout: 900_000 }, () => {
  test('begins with a password of one’s own, and three steps', async () => {
    ui = stack.use(await openUi(browser as Browser, `${lab.url}/`));
    page = ui.page;
    await seen('Sign in');
    await expectAccessible(page, 'sign in');
    ui.expects(401);
    await signIn(page, 'admin', 'a wrong password');
    await page.getByRole('alert').waitFor();
    ui.expects();
    await signIn(page, 'admin', 'ods1234!');
    await seen('Choose a new password');
    await page.getByRole('textbox', { name: 'Password until now' }).fill('ods1234!');
    await page.getByRole('textbox', { name: 'New password', exact: true }).fill(password);
    await page.getByRole('textbox', { name: 'New password again' }).fill('another one entirely');
    await page.getByRole('button', { name: 'Set password' }).click();
    await seen('The two are not the same');
    await page.getByRole('textbox', { name: 'New password again' }).fill(password);
    await page.getByRole('button', { name: 'Set password' }).click();
    lab.admin.passwordChanged(password);
    await seen('Three steps and every site has your packages');
    await expectAccessible(page, 'first run');
    await takePicture(page, 'first-run');
    expect(ui.faults).toEqual([]);
  });

  test('names the server, and the name stands above every page', async () => {
    await page.getByRole('link', { name: 'Name this server' }).click();
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel('Name').fill('Lab');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('banner').getByText('Lab', { exact: true }).waitFor();
    await expectAccessible(page, 'settings');
    expect(ui.faults).toEqual([]);
  });

  test('registers with another server: a wrong key is told at its field, the right one joins them', async () => {
    await page.getByRole('link', { name: 'Network' }).click();
    const { url, iss, key } = await berlin.admin.about();
    const wrong = Buffer.alloc(32, 1).toString('base64');
    const paste = page.getByRole('textbox', { name: 'Paste all three here' });
    await paste.fill(JSON.stringify({ url, iss, key: wrong }));
    ui.expects(401, 403, 409, 422, 502);
    await page.getByRole('button', { name: 'Register', exact: true }).click();
    await page.getByRole('alert').first().waitFor({ timeout: 120_000 });
    ui.expects();
    await paste.fill(JSON.stringify({ url, iss, key }));
    await page.getByRole('button', { name: 'Register', exact: true }).click();
    await row('Berlin').getByText('In step').waitFor({ timeout: 120_000 });
    await expectAccessible(page, 'network');
    expect(ui.faults).toEqual([]);
  });

  test('uploads files; one is cut off and goes on, one is refused in the server’s words', async () => {
    const big = await installerFile(join(folder, 'Fonts.pkg'), 40_000_000, 'fonts');
    const small = await installerFile(join(folder, 'Tool.pkg'), 200_000, 'tool');
    await writeFile(join(folder, 'notes.txt'), 'no installer');
    await page.getByRole('link', { name: 'Packages' }).click();
    await page.getByRole('button', { name: 'Upload', exact: true }).click();
    await page.setInputFiles('input[type=file]', [big.path, small.path, join(folder, 'notes.txt')]);
    const upload = page.getByRole('button', { name: 'Upload 3 files' });
    // No stage is chosen by itself.
    expect(await upload.isDisabled()).toBe(true);
    await page.getByRole('dialog').locator('label', { hasText: 'Dev' }).click();
    await expectAccessible(page, 'upload');
    // The first bytes of the large one are cut off once.
    let isCut = false;
    await page.route('**/api/v1/uploads/*', async (route) => {
      if (route.request().method() !== 'PATCH' || isCut) return route.fallback();
      isCut = true;
      return route.abort('connectionreset');
    });
    ui.expects(422);
    await upload.click();
    const tray = page.getByRole('region', { name: 'Uploads' });
    await tray.getByText('the extension of "notes.txt"').waitFor({ timeout: 120_000 });
    await eventually(async () => (await tray.getByText('in Dev ✓').count()) === 2, 120_000);
    expect(isCut).toBe(true);
    await takePicture(page, 'uploaded');
    ui.expects();
    await page.unroute('**/api/v1/uploads/*');
    // The list has them without a reload, and the server has every byte.
    await row('Fonts.pkg').getByText('1 of 1').waitFor({ timeout: 120_000 });
    await becomesPublic(lab, 'Fonts.pkg', big.sha256);
    const bytes = await (await lab.admin.download('Fonts.pkg')).arrayBuffer();
    expect(createHash('sha256').update(Buffer.from(bytes)).digest('hex')).toBe(big.sha256);
    await tray.getByRole('button', { name: 'Clear', exact: true }).click();
    expect(ui.faults.splice(0).filter((fault) => !fault.includes('ERR_CONNECTION_RESET'))).toEqual([]);
  });

  test('promotes to Prod after showing what that does; the other site serves it, and says so on this page', async () => {
    await page.getByRole('link', { name: 'Tool.pkg' }).click();
    const panel = page.getByRole('complementary');
    for (const stage of ['Test', 'Prod']) {
      await panel.getByRole('button', { name: `Promote to ${stage}` }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('row', { name: new RegExp(`^${stage}\\b.* nothing`) }).waitFor();
      if (stage === 'Prod') await expectAccessible(page, 'promotion');
      await dialog.getByRole('button', { name: `Promote to ${stage}` }).click();
      await dialog.waitFor({ state: 'detached' });
    }
    await panel.getByText('2 of 2').waitFor({ timeout: 120_000 });
    await panel.getByText('Berlin').waitFor();
    await expectAccessible(page, 'package');
    await takePicture(page, 'package');
    expect((await berlin.admin.findPackage('Tool.pkg'))?.status).toBe('Public');
    expect(ui.faults).toEqual([]);
  });

  test('deletes after a dry run, and restores', async () => {
    const panel = page.getByRole('complementary');
    await panel.getByRole('button', { name: 'Delete…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('can be restored').waitFor();
    await dialog.getByLabel('Why').fill('a trial');
    await dialog.getByRole('button', { name: 'Delete everywhere' }).click();
    await dialog.waitFor({ state: 'detached' });
    await panel.getByText('Deleted', { exact: true }).waitFor();
    await panel.getByRole('tab', { name: 'Revisions' }).click();
    await panel.getByRole('button', { name: 'Restore', exact: true }).first().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Restore' }).click();
    await eventually(async () => (await lab.admin.findPackage('Tool.pkg'))?.status === 'Public', 120_000);
    await panel.getByRole('tab', { name: 'History' }).click();
    await panel.getByText('admin deleted it').waitFor();
    expect(ui.faults).toEqual([]);
  });

  test('a session that ends in the middle of work is begun again where one was', async () => {
    const sessions = (await (await lab.admin.send('/api/v1/sessions')).json()) as { items: readonly { id: string }[] };
    ui.expects(401);
    for (const { id } of sessions.items) await lab.admin.send(`/api/v1/sessions/${id}`, { method: 'DELETE' });
    const at = page.url();
    await page.getByRole('tab', { name: 'Revisions' }).click();
    await seen('Your session has ended');
    await signIn(page, 'admin', password);
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(page.url()).toBe(at);
    await page.getByRole('complementary').getByText('current').first().waitFor();
    ui.expects();
  });
});
