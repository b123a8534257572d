import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { commandExists, freePort, requirement, type TemporaryDirectory, temporaryDirectory } from '@odst/testing';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBrowser } from '../support/browser.ts';
import { expectNoErrors } from '../support/refusals.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { formType } from '../support/upload-form.ts';

const run = promisify(execFile);
const megabyte = 1_048_576;
const timeout = 600_000;

/** What a client made of the answer. */
type Seen = { readonly status: number; readonly code: unknown; readonly connection: string };

/** An upload that is refused: before its body, or within it. */
type Refusal = {
  readonly authorization: string;
  readonly contentType: string;
  readonly filename: string;
  readonly sizeBytes: number;
};

let folder: TemporaryDirectory;
let server: ServerProcess;

beforeAll(async () => {
  folder = await temporaryDirectory();
  const env = { ODST_MAX_UPLOAD_BYTES: String(210 * megabyte) };
  server = await startServerProcess({ dataDir: join(folder.path, 'data'), port: await freePort(), env });
});

afterAll(async () => {
  expectNoErrors(server.log());
  await server?.stop();
  await folder?.[Symbol.asyncDispose]();
});

const url = () => `${server.url}/api/admin/upload`;
const headersOf = ({ authorization, contentType }: Refusal) => ({
  'content-type': contentType,
  ...(authorization === '' ? {} : { authorization }),
});
const formStart = (filename: string) =>
  `--boundary-of-a-test\r\nContent-Disposition: form-data; name="stage"\r\n\r\nProd\r\n--boundary-of-a-test\r\nContent-Disposition: form-data; name="file"; filename="${filename}"\r\n\r\n`;
const formEnd = '\r\n--boundary-of-a-test--\r\n';

const hasCurl = await requirement('curl', () => commandExists('curl'));
const hasPython = await requirement('python3', () => commandExists('python3'));
const hasRequests = await requirement('python-requests', async () => {
  if (!hasPython) return false;
  return run('python3', ['-c', 'import requests']).then(
    () => true,
    () => false,
  );
});
const browser: Browser | undefined = await startBrowser();
afterAll(() => browser?.close());

async function byPython(client: string, refusal: Refusal): Promise<Seen> {
  const script = fileURLToPath(new URL('../support/upload-clients.py', import.meta.url));
  const { contentType, authorization, filename, sizeBytes } = refusal;
  const { stdout } = await run('python3', [script, client, url(), contentType, authorization, filename, String(sizeBytes)]);
  return JSON.parse(stdout) as Seen;
}

/** A file with the form in it. */
async function writeForm({ filename, sizeBytes }: Refusal): Promise<string> {
  const path = join(folder.path, 'form');
  const file = await open(path, 'w');
  await file.write(formStart(filename));
  for (let left = sizeBytes; left > 0; left -= megabyte) await file.write(Buffer.alloc(Math.min(left, megabyte)));
  await file.write(formEnd);
  await file.close();
  return path;
}

async function byCurl(refusal: Refusal, ...more: string[]): Promise<Seen> {
  const headers = Object.entries(headersOf(refusal)).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const format = '\n%{http_code} %header{connection}';
  const { stdout } = await run('curl', [
    '-sS',
    ...headers,
    ...more,
    '-w',
    format,
    '--data-binary',
    `@${await writeForm(refusal)}`,
    url(),
  ]);
  const [body = '', last = ''] = stdout.trim().split('\n');
  const [status, connection = ''] = last.split(' ');
  return { status: Number(status), code: (JSON.parse(body) as { code: string }).code, connection };
}

async function byNode(refusal: Refusal): Promise<Seen> {
  const { filename, sizeBytes } = refusal;
  const length = formStart(filename).length + sizeBytes + formEnd.length;
  const outgoing = request(url(), { method: 'POST', headers: { ...headersOf(refusal), 'content-length': length } });
  const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>;
  // Node closes the connection behind the answer, whatever is left of the body.
  outgoing.on('error', () => undefined);
  outgoing.write(formStart(filename));
  outgoing.end(Buffer.alloc(sizeBytes + formEnd.length));
  const [answer] = await answered;
  const pieces = (await answer.toArray()) as Buffer[];
  const { code } = JSON.parse(Buffer.concat(pieces).toString()) as { code: string };
  return { status: answer.statusCode ?? 0, code, connection: answer.headers.connection ?? '' };
}

async function byFetch(refusal: Refusal): Promise<Seen> {
  const body = new Blob([formStart(refusal.filename), Buffer.alloc(refusal.sizeBytes), formEnd]);
  const answer = await fetch(url(), { method: 'POST', headers: headersOf(refusal), body });
  const { code } = (await answer.json()) as { code: string };
  return { status: answer.status, code, connection: answer.headers.get('connection') ?? '' };
}

let page: Page | undefined;

/** A script of a page; it does not see Connection. */
async function byBrowser(refusal: Refusal): Promise<Seen> {
  page ??= await (browser as Browser).newPage();
  page.setDefaultTimeout(timeout);
  await page.goto(`${server.url}/api/docs`);
  const { filename, sizeBytes } = refusal;
  const seen = await page.evaluate(
    async ({ headers, start, bytes, end }) => {
      const body = new Blob([start, new Uint8Array(bytes), end]);
      // Else the browser asks for a password, and nobody answers.
      const answer = await fetch('/api/admin/upload', { method: 'POST', headers, body, credentials: 'omit' });
      return { status: answer.status, code: ((await answer.json()) as { code: string }).code };
    },
    { headers: headersOf(refusal), start: formStart(filename), bytes: sizeBytes, end: formEnd },
  );
  return { ...seen, connection: 'close' };
}

const whole = { contentType: formType, filename: 'Refused.pkg', sizeBytes: 200 * megabyte };
const refusals = {
  login: ['without a login', { ...whole, authorization: '' }, 401, 'COMMON_LOGIN_REQUIRED'],
  type: ['as it is no form', { ...whole, contentType: 'text/css' }, 415, 'COMMON_CONTENT_TYPE_UNSUPPORTED'],
  size: ['as they are too many', { ...whole, sizeBytes: 211 * megabyte }, 413, 'STORAGE_UPLOAD_TOO_LARGE'],
  name: ['for their name, within the body', { ...whole, filename: 'Refused.exe' }, 422, 'CATALOG_FILENAME_INVALID'],
} as const;

type Client = (refusal: Refusal) => Promise<Seen>;

const clients: readonly [string, boolean, Client, readonly (keyof typeof refusals)[]][] = [
  ['requests', hasRequests, (refusal) => byPython('requests', refusal), ['login', 'type', 'size', 'name']],
  ["Python's http.client", hasPython, (refusal) => byPython('http.client', refusal), ['login', 'name']],
  ['curl', hasCurl, (refusal) => byCurl(refusal), ['login', 'type', 'size', 'name']],
  ['curl without Expect', hasCurl, (refusal) => byCurl(refusal, '-H', 'Expect:'), ['login', 'type', 'size', 'name']],
  ['Node', true, byNode, ['login', 'name']],
  ['fetch', true, byFetch, ['login', 'name']],
  ['Chromium', browser !== undefined, byBrowser, ['login', 'name']],
];
const cases = clients
  .filter(([, present]) => present)
  .flatMap(([name, , send, names]) => names.map((key) => [name, ...refusals[key], send] as const));

test.each(cases)('%s reads why 200 MB are refused, %s', { timeout }, async (_name, _why, refusal, status, code, send) => {
  const { authorization } = server.admin;
  expect(await send({ authorization, ...refusal })).toEqual({ status, code, connection: 'close' });
});

test.skipIf(browser === undefined)(
  'a form of a browser logs in behind the refusal, and shows the next',
  { timeout },
  async () => {
    // No page of this server lets a form be sent: what the browser does with one is looked at all the same.
    const httpCredentials = { username: 'admin', password: 'ods1234!' };
    const context = await (browser as Browser).newContext({ httpCredentials, bypassCSP: true });
    const form = await context.newPage();
    form.setDefaultTimeout(timeout);
    await form.goto(`${server.url}/healthz`);
    await form.setContent(
      `<form method="post" enctype="multipart/form-data" action="${url()}"><input name="stage" value="Prod"><input type="file" name="file"><button>go</button></form>`,
    );
    await form.setInputFiles('input[type=file]', await writeForm({ authorization: '', ...whole }));
    const refused = form.waitForResponse((answer) => answer.url() === url() && answer.status() !== 401, { timeout });
    await form.click('button', { noWaitAfter: true });
    expect((await refused).status()).toBe(422);
    await context.close();
  },
);
