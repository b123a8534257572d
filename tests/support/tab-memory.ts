import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';

/** Memory of a page. */
export type TabMemory = {
  /** What its scripts hold, after garbage was collected. */
  readonly heapBytes: number;
  /** What the largest process that shows pages has in memory, the page's own or another (Linux). */
  readonly residentBytes: number;
};

/** Begins to look at the memory of a page of a browser of this machine. */
export async function tabMemory(browser: Browser, page: Page): Promise<() => Promise<TabMemory>> {
  const line = await page.context().newCDPSession(page);
  await line.send('Performance.enable');
  const session = await browser.newBrowserCDPSession();
  return async () => {
    await line.send('HeapProfiler.collectGarbage');
    const { metrics } = await line.send('Performance.getMetrics');
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    const renderers = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => residentBytes(id));
    return {
      heapBytes: metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? Number.NaN,
      residentBytes: Math.max(...(await Promise.all(renderers))),
    };
  };
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) * 1_024;
}
