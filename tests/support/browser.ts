import { requirement } from '@odst/testing';
import { type Browser, chromium } from 'playwright-core';

// Debian's Chromium; playwright-core brings none of its own.
const executablePath = '/usr/bin/chromium';

/** Starts a browser, or tells that this machine lacks Chromium. */
export async function startBrowser(): Promise<Browser | undefined> {
  let browser: Browser | undefined;
  const launch = async () => {
    try {
      // Containers have no name spaces to make a sandbox of; the pages are the server's own. Where no locale is set, as in a build, Chromium
      // has no names for files beyond ASCII; people's machines have one.
      const env = { ...process.env, LC_ALL: 'C.UTF-8' };
      browser = await chromium.launch({ executablePath, args: ['--no-sandbox'], env });
      return true;
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}\n`);
      return false;
    }
  };
  await requirement('chromium', launch);
  return browser;
}
