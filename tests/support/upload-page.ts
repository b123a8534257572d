import { join } from 'node:path';
import { eventually, freePort, temporaryDirectory } from '@odst/testing';
import type { Browser, Locator, Page } from 'playwright-core';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import { openUi, signIn, type UiPage } from './ui.ts';
import { startUploadGate } from './upload-gate.ts';

/** Password of `admin` at the servers of these tests. */
export const adminPassword = 'a password of its own';

/** An upload of the server that has not come to its end. */
type Unfinished = { readonly id: string; readonly filename: string; readonly offsetBytes: number };

/** A server, and its page of packages, from which a test uploads. */
export type UploadPage = AsyncDisposable & {
  readonly folder: string;
  /** Where the page comes from: what it uploads from there can be held in its middle. */
  readonly url: string;
  /** The one that runs now: a test may kill it and start it again. */
  server: ServerProcess;
  readonly ui: UiPage;
  readonly page: Page;
  /** Where each request with bytes began, and of what. */
  readonly sent: { readonly id: string; readonly offset: number }[];
  tray(): Locator;
  /** The row of a file. */
  row(name: string): Locator;
  /** The step that is due only when the server made a package of a file. */
  tick(name: string, stage?: string): Locator;
  clear(): Promise<void>;
  /** Lets such a part of each file through, and no more: what is to be looked at in its middle must not be over before. Without a number: all. */
  limit(percent?: number): Promise<void>;
  /** Takes the line away, until `limit`. */
  cut(): Promise<void>;
  /** Opens the dialog with files and a stage. */
  choose(paths: readonly string[], stage?: string): Promise<void>;
  /** Sends what was chosen. */
  start(): Promise<void>;
  /** Sends what was chosen, and lets no more of a file through than such a part, until `limit`. */
  startAndHold(name: string, percent: number): Promise<void>;
  /** Lets bytes through until such a part was sent, and no more. */
  hold(name: string, percent: number): Promise<void>;
  unfinished(): Promise<readonly Unfinished[]>;
  /** Starts the server again that was killed. */
  restart(): Promise<void>;
};

/** Starts a server and opens its page. */
export async function startUploadPage(browser: Browser): Promise<UploadPage> {
  const stack = new AsyncDisposableStack();
  const { path: folder } = stack.use(await temporaryDirectory());
  const options = { dataDir: join(folder, 'berlin'), env: { ODST_NAME: 'Berlin', ODST_ADMIN_PASSWORD: adminPassword } };
  const server = await startServerProcess({ ...options, port: await freePort() });
  stack.defer(() => self.server[Symbol.asyncDispose]());
  const gate = stack.use(await startUploadGate(server.port));
  const ui = stack.use(await openUi(browser, `${gate.url}/packages`));
  const { page } = ui;
  const sent: UploadPage['sent'] = [];
  page.on('request', (request) => {
    if (request.method() !== 'PATCH') return;
    sent.push({ id: request.url().split('/').at(-1) ?? '', offset: Number(request.headers()['upload-offset']) });
  });
  const line = await ui.context.newCDPSession(page);
  await line.send('Network.enable');
  await signIn(page, 'admin', adminPassword);
  const upload = page.getByRole('button', { name: 'Upload', exact: true }).first();
  await upload.waitFor({ timeout: 40_000 });
  const network = (offline: boolean) =>
    line.send('Network.emulateNetworkConditions', { offline, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  const tray = () => page.getByRole('region', { name: 'Uploads' });
  const row = (name: string) => tray().getByRole('listitem').filter({ hasText: name }).first();
  const self: UploadPage = {
    ...{ folder, url: gate.url, server, ui, page, sent, tray, row },
    tick: (name, stage = 'Dev') => row(name).getByText(`in ${stage} ✓`),
    clear: () => tray().getByRole('button', { name: 'Clear', exact: true }).click(),
    async limit(percent = 100) {
      gate.passUpTo(percent / 100);
      await network(false);
    },
    async cut() {
      await network(true);
      // The browser knows now, but lets go on what is on its way.
      gate.cut();
    },
    async choose(paths, stage = 'Dev') {
      await upload.click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('button', { name: 'Choose files' }).waitFor();
      await page.setInputFiles('input[type=file] >> nth=-1', [...paths]);
      await dialog.locator('label', { hasText: stage }).click();
    },
    start: () =>
      page
        .getByRole('dialog')
        .getByRole('button', { name: /^Upload/ })
        .click(),
    async startAndHold(name, percent) {
      await self.limit(percent);
      await self.start();
      await self.hold(name, percent);
    },
    async hold(name, percent) {
      await self.limit(percent);
      await eventually(async () => {
        const [, value = '0'] = /(\d+) %/.exec((await row(name).textContent()) ?? '') ?? [];
        return Number(value) >= percent;
      }, 120_000);
    },
    async unfinished() {
      const answer = await self.server.admin.send('/api/v1/uploads?unfinished=true');
      return ((await answer.json()) as { items: readonly Unfinished[] }).items;
    },
    async restart() {
      self.server = await startServerProcess({ ...options, port: server.port });
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
  return self;
}
