import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { eventually, freePort, temporaryDirectory } from '@odst/testing';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBrowser } from '../support/browser.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

const password = 'a password of its own';
const browser: Browser | undefined = await startBrowser();
const stack = new AsyncDisposableStack();
let server: ServerProcess;
/** Origin of a page of somebody else, on another port of this machine: of the same site, so cookies go along. */
let elsewhere: string;

beforeAll(async () => {
  const folder = stack.use(await temporaryDirectory());
  const env = { ODST_ADMIN_PASSWORD: password };
  server = stack.use(await startServerProcess({ dataDir: join(folder.path, 'data'), port: await freePort(), env }));
  const strange = createServer((_request, response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>elsewhere</title>'),
  );
  await once(strange.listen(0, '127.0.0.1'), 'listening');
  stack.defer(() => void strange.close());
  elsewhere = `http://127.0.0.1:${(strange.address() as AddressInfo).port}/`;
});

afterAll(async () => {
  await browser?.close();
  await stack.disposeAsync();
});

/** Runs in a page: calls the API at `base` with the browser's own cookies, and tells how it ended. */
const calling = (base: string) => `async (method, path, body, init = {}) => {
  try {
    const answer = await fetch(${JSON.stringify(base)} + path, { method, body, credentials: 'include', ...init });
    return [answer.type, answer.status, answer.headers.get('www-authenticate'), await answer.text()];
  } catch (error) {
    return [String(error)];
  }
}`;

const formOf = (name: string) => `(() => {
  const form = new FormData();
  form.set('stage', 'Dev');
  form.set('file', new Blob(['xar!' + 'a'.repeat(2000)]), ${JSON.stringify(name)});
  return form;
})()`;

type Outcome = readonly [kind: string, status?: number, scheme?: string | null, body?: string];

test.skipIf(browser === undefined)(
  'a page of this server logs in, reads, uploads and logs out; a page elsewhere can do nothing with that login',
  { timeout: 900_000 },
  async () => {
    const context = await (browser as Browser).newContext();
    const page = await context.newPage();
    await page.goto(`${server.url}/api/docs`);
    const call = (expression: string) => page.evaluate<Outcome>(`(${calling(server.url)})(${expression})`);
    const before = await call("'GET', '/api/v1/session'");
    expect([before[1], before[2]]).toEqual([401, expect.stringMatching(/^Bearer /)]);

    const json = "{ headers: { 'content-type': 'application/json' } }";
    const credentials = JSON.stringify(JSON.stringify({ username: 'admin', password }));
    expect((await call(`'POST', '/api/v1/session', ${credentials}, ${json}`))[1]).toBe(200);
    // No script of a page sees the cookie.
    expect(await page.evaluate<string>('document.cookie')).toBe('');
    expect((await call("'GET', '/api/v1/packages'"))[1]).toBe(200);
    expect((await call(`'POST', '/api/admin/upload', ${formOf('from-a-page.pkg')}`))[1]).toBe(201);

    // The live stream of a page, with nothing but its session.
    const seen = await page.evaluate<readonly [string, string][]>(`new Promise((resolve, reject) => {
      const seen = [];
      const source = new EventSource('/api/v1/stream');
      const note = (event, data) => {
        seen.push([event, data]);
        if (!seen.some(([, text]) => text.includes('PackagePublished')) || !seen.some(([name]) => name === 'coverage')) return;
        source.close();
        resolve(seen);
      };
      source.onopen = () => (${calling(server.url)})('POST', '/api/admin/upload', ${formOf('seen.pkg')}).catch(reject);
      source.onmessage = ({ data, lastEventId }) => note(lastEventId, data);
      for (const name of ['transfers', 'peers', 'coverage']) source.addEventListener(name, ({ data }) => note(name, data));
    })`);
    expect(seen.find(([, data]) => data.includes('PackagePublished'))?.[0]).toMatch(/^\d{20}$/);

    const other = await context.newPage();
    await other.goto(elsewhere);
    const callFromElsewhere = (expression: string) => other.evaluate<Outcome>(`(${calling(server.url)})(${expression})`);
    expect(await callFromElsewhere("'GET', '/api/v1/packages'")).toEqual([expect.stringContaining('Failed to fetch')]);
    // Sent, refused, and its answer kept from the page.
    const unseen = [expect.stringContaining('Failed to fetch')];
    const noCors = "{ mode: 'no-cors' }";
    expect(await callFromElsewhere(`'POST', '/api/admin/upload', ${formOf('forged.pkg')}, ${noCors}`)).toEqual(unseen);
    expect(await callFromElsewhere(`'POST', '/api/v1/settings/key/rotate', undefined, ${noCors}`)).toEqual(unseen);
    expect((await server.admin.packages()).map(({ filename }) => filename)).toEqual(['from-a-page.pkg', 'seen.pkg']);
    await eventually(() => (server.log().match(/COMMON_ORIGIN_REFUSED/g)?.length ?? 0) >= 2);

    for (const path of ['/api/docs', '/api/docs/errors', '/api/v1/packages']) {
      await other.evaluate(`new Promise((loaded) => {
        const frame = document.createElement('iframe');
        frame.onload = loaded;
        frame.src = ${JSON.stringify(server.url + path)};
        document.body.append(frame);
      })`);
    }
    await eventually(() => {
      const framed = other.frames().filter((frame) => frame !== other.mainFrame());
      expect(framed.map((frame) => frame.url())).toEqual(Array.from({ length: 3 }, () => 'chrome-error://chromewebdata/'));
      return true;
    });

    expect((await call("'DELETE', '/api/v1/session'"))[1]).toBe(204);
    expect((await call("'GET', '/api/v1/packages'"))[1]).toBe(401);
    await context.close();
  },
);
