import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { expect } from 'vitest';

/** Where pictures of the pages go, to be looked at. */
const pictures = fileURLToPath(new URL('../../.odst-screenshots/', import.meta.url));

/** How long a page may take for anything: what runs beside it on two cores takes its time too. */
export const patienceMs = 60_000;

/** A page of the web UI, and what went wrong in it. */
export type UiPage = AsyncDisposable & {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors of the console and requests that failed, but for those that the test expects. */
  readonly faults: string[];
  /** From here on answers with these statuses are what the test is about. */
  expects(...statuses: readonly number[]): void;
};

/** How a page is shown. */
export type Look = { readonly colorScheme?: 'light' | 'dark'; readonly isPhone?: boolean };

/** Opens a page of a server in a browser that knows nobody. */
export async function openUi(
  browser: Browser,
  url: string,
  { colorScheme = 'light', isPhone = false }: Look = {},
): Promise<UiPage> {
  const viewport = isPhone ? { width: 390, height: 844 } : { width: 1440, height: 860 };
  // Nothing moves, so that nothing is in the middle of it when it is looked at or clicked.
  const context = await browser.newContext({ viewport, colorScheme, locale: 'en-GB', reducedMotion: 'reduce' });
  context.setDefaultTimeout(patienceMs);
  // What the policy kept from the page is a fault like any other.
  const tell = `({ violatedDirective, blockedURI }) => console.error('against the policy:', violatedDirective, blockedURI)`;
  await context.addInitScript({ content: `addEventListener('securitypolicyviolation', ${tell})` });
  const page = await context.newPage();
  const faults: string[] = [];
  let expected: readonly number[] = [];
  const isExpected = (text: string) => expected.some((status) => text.includes(String(status)));
  page.on('pageerror', (error) => void faults.push(`error: ${error.message}`));
  page.on('console', (message) => {
    const text = message.text();
    if ((message.type() === 'error' || message.type() === 'warning') && !isExpected(text)) faults.push(`console: ${text}`);
  });
  page.on('response', (answer) => {
    if (answer.status() >= 400 && !expected.includes(answer.status()))
      faults.push(`${answer.status()} ${answer.request().method()} ${answer.url()}`);
  });
  await page.goto(url);
  return {
    page,
    context,
    faults,
    expects: (...statuses) => {
      expected = statuses;
    },
    [Symbol.asyncDispose]: () => context.close(),
  };
}

/** Signs in at the page that is shown. */
export async function signIn(page: Page, username: string, password: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Account' }).fill(username);
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Resolves when nothing changes its place or colour any more, but for what goes on for ever, as the sign of waiting does. */
const settled = `(async () => {
  const frame = () => new Promise(requestAnimationFrame);
  for (let running = [undefined]; running.length > 0; ) {
    await frame();
    await frame();
    running = document.getAnimations().filter(({ effect }) => Number.isFinite(effect.getComputedTiming().endTime));
    await Promise.allSettled(running.map(({ finished }) => finished));
  }
})()`;

/** Fails with everything that a person with a screen reader, or without a mouse, would stumble over. */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  await page.evaluate(settled);
  const { violations } = await new AxeBuilder({ page }).analyze();
  const told = violations.map(({ id, nodes }) => `${what}: ${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`);
  expect(told).toEqual([]);
}

/** Takes a picture of what is shown. */
export async function takePicture(page: Page, name: string): Promise<void> {
  await mkdir(pictures, { recursive: true });
  await page.evaluate(settled);
  await page.screenshot({ path: join(pictures, `${name}.png`) });
}
