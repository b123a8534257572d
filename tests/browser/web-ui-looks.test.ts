import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBrowser } from '../support/browser.ts';
import { installerFile } from '../support/installer-file.ts';
import type { ServerProcess } from '../support/server-process.ts';
import { becomesPublic, startFederation, twoServers } from '../support/two-servers.ts';
import { expectAccessible, openUi, signIn, takePicture } from '../support/ui.ts';

const password = 'a password of its own';
const browser: Browser | undefined = await startBrowser();
const stack = new AsyncDisposableStack();
let server: ServerProcess;
let isses: readonly string[];

type Seed = readonly [name: string, contents: Partial<Record<'Dev' | 'Test' | 'Prod', number>>];

/** Packages as a company has them, with the bytes that each stage has of them, the oldest first. */
const seeds = [
  ['CompanyFonts.pkg', { Prod: 1_480_000, Dev: 1_510_000 }],
  ['Zürich Drivers ñ.pkg', { Prod: 330_000 }],
  ['XcodeCommandLineTools-16.2.pkg', { Dev: 4_910_000 }],
  ['Microsoft Office 16.92.pkg', { Prod: 5_240_000, Test: 5_310_000 }],
  ['LibreOffice-24.8.4.dmg', { Test: 3_120_000 }],
  ['Wacom Tablet 6.4.8.pkg', { Prod: 870_000 }],
  ['AdobeAcrobatReader-24.005.pkg', { Prod: 3_980_000, Test: 4_020_000, Dev: 4_040_000 }],
  ['Slack-4.41.105.pkg', { Prod: 1_260_000 }],
  ['1Password-8.10.54.pkg', { Prod: 1_740_000, Dev: 1_760_000 }],
  ['VisualStudioCode-1.96.zip', { Test: 1_350_000, Dev: 1_370_000 }],
  ['ZoomInstallerIT-6.3.pkg', { Prod: 1_690_000, Test: 1_710_000 }],
  ['GoogleChrome-131.0.pkg', { Prod: 2_090_000, Test: 2_120_000, Dev: 2_160_000 }],
  ['Firefox-134.dmg', { Prod: 1_310_000, Test: 1_380_000, Dev: 1_400_000 }],
  ['Printer Profiles 3rd floor.mpkg', { Dev: 96_000 }],
] as const satisfies readonly [Seed, ...Seed[]];

beforeAll(async () => {
  const env = { ODST_ADMIN_PASSWORD: password };
  const two = stack.use(
    await twoServers({
      a: { env: { ...env, ODST_NAME: 'Headquarters', ODST_STAGE: 'Dev' } },
      b: { env: { ...env, ODST_NAME: 'Berlin' } },
    }),
  );
  const { a, b } = await startFederation(two);
  stack.use(a);
  stack.use(b);
  server = a;
  for (const [name, contents] of seeds) {
    for (const [stage, sizeBytes] of Object.entries(contents)) {
      const { path } = await installerFile(join(two.path, 'file'), sizeBytes, `${name} ${stage}`);
      expect((await a.admin.upload(path, name, stage, { replace: true })).status).toBe(201);
    }
  }
  const { sha256 } = await installerFile(join(two.path, 'file'), 330_000, 'Zürich Drivers ñ.pkg Prod');
  await becomesPublic(b, 'Zürich Drivers ñ.pkg', sha256);
  const account = { username: 'eva', password: 'correct horse', role: 'viewer' };
  const headers = { 'content-type': 'application/json' };
  const made = await a.admin.send('/api/v1/accounts', { method: 'POST', headers, body: JSON.stringify(account) });
  expect(made.status).toBe(201);
  isses = (await Promise.all([a.admin.about(), b.admin.about()])).map(({ iss }) => iss);
});

afterAll(async () => {
  await browser?.close();
  await stack.disposeAsync();
});

/** Every page, with words that it shows once it knows what it is to show; `{one}` and `{other}` are the two servers. */
const pages = [
  ['packages', '/packages', 'CompanyFonts.pkg'],
  ['package', '/packages/1', 'Where it is'],
  ['network', '/network', 'Berlin'],
  ['network-picture', '/network?view=picture', 'Known by an introduction'],
  ['server', '/network/{other}', 'What it lacks'],
  ['coverage', '/network/coverage', 'Berlin'],
  ['two-sites', '/network/coverage?one={one}&other={other}', 'Berlin holds, Headquarters lacks'],
  ['transfers', '/transfers', 'Nothing is on its way'],
  ['activity', '/activity', 'admin uploaded'],
  ['admin', '/admin', 'Disk of the packages'],
  ['resources', '/admin/resources', /The same as figures|Nothing is known of this time yet/],
  ['storage', '/admin/storage', 'Kept free'],
  ['accounts', '/admin/accounts', 'eva'],
  ['tokens', '/admin/tokens', 'There is no token yet'],
  ['sessions', '/admin/sessions', 'this one'],
  ['read-models', '/admin/read-models', 'Live'],
  ['audit', '/admin/audit', 'Account created'],
  ['about', '/admin/about', 'Node.js'],
] as const;

async function show(page: Page, path: string, words: string | RegExp): Promise<void> {
  const [one = '', other = ''] = isses;
  await page.goto(`${server.url}${path.replace('{one}', one).replace('{other}', other)}`);
  await page.getByText(words).first().waitFor({ timeout: 120_000 });
}

describe.skipIf(browser === undefined)('every page of the web UI', { timeout: 900_000 }, () => {
  test.each([
    ['on a desk', {}, ['light', 'dark']],
    ['on a phone', { isPhone: true }, ['phone']],
  ] as const)('is accessible, and makes no error: %s', async (_where, options, looks) => {
    await using ui = await openUi(browser as Browser, `${server.url}/`, options);
    const look = async (name: string) => {
      for (const scheme of looks) {
        await ui.page.emulateMedia({ colorScheme: scheme === 'dark' ? 'dark' : 'light' });
        await takePicture(ui.page, `${name}-${scheme}`);
        await expectAccessible(ui.page, `${name}, ${scheme}`);
      }
    };
    await ui.page.getByRole('button', { name: 'Sign in' }).waitFor({ timeout: 120_000 });
    await look('sign-in');
    await signIn(ui.page, 'admin', password);
    await ui.page.getByText('CompanyFonts.pkg').first().waitFor({ timeout: 120_000 });
    for (const [name, path, words] of pages) {
      await show(ui.page, path, words);
      await look(name);
    }
    expect(ui.faults).toEqual([]);
  });
});
