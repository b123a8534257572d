import { join } from 'node:path';
import { freePort } from '@odst/testing';
import { fillWithPackages } from '../../support/many-packages.ts';
import { type ServerProcess, startServerProcess } from '../../support/server-process.ts';
import { type Claim, median, percentile } from '../report.ts';
import type { Scenario } from './scenario.ts';

const packages = 10_000;
const sites = 50;
const pageSize = 500;

/** Lists that are thrown away, for the program to be compiled and the tables to be in memory. */
const warmUps = 3;

/** The documented list of many packages that many sites hold, through all of a server, and the same by pages. */
export async function benchLists({ folder, runs }: Scenario): Promise<Claim[]> {
  await using server = await startServerProcess({ dataDir: join(folder, 'lists'), port: await freePort() });
  await fillWithPackages(server, packages, sites);
  for (let run = 0; run < warmUps; run += 1) await documentedList(server);
  const whole: number[] = [];
  const pages: number[] = [];
  for (let run = 0; run < Math.max(5, runs); run += 1) {
    whole.push(await documentedList(server));
    pages.push(...(await pageByPage(server)));
  }
  const ms = (value: number) => `${value.toFixed(0)} ms`;
  return [
    {
      name: `documented list of ${packages} packages of ${sites} sites`,
      measured: median(whole) / 1_000,
      limit: 1,
      unit: 's',
      detail: `of ${whole.length} lists the slowest took ${ms(Math.max(...whole))}`,
    },
    {
      name: `a page of ${pageSize} of them by /api/v1`,
      measured: percentile(pages, 50),
      unit: 'ms',
      detail: `p50 of ${pages.length} pages; p99 ${ms(percentile(pages, 99))}`,
    },
  ];
}

/** @returns milliseconds until all of it was there */
async function documentedList({ admin }: ServerProcess): Promise<number> {
  const startedAtMs = performance.now();
  const bytes = Buffer.from(await (await admin.send('/api/admin/packages')).arrayBuffer());
  const tookMs = performance.now() - startedAtMs;
  const { items } = JSON.parse(bytes.toString()) as { readonly items: readonly unknown[] };
  if (items.length !== packages) throw new Error(`the list has ${items.length} packages, not ${packages}`);
  return tookMs;
}

/** @returns milliseconds of each page */
async function pageByPage({ admin }: ServerProcess): Promise<readonly number[]> {
  const tookMs: number[] = [];
  let listed = 0;
  for (let after = ''; ; ) {
    const startedAtMs = performance.now();
    const answer = await admin.send(`/api/v1/packages?limit=${pageSize}${after === '' ? '' : `&after=${after}`}`);
    const { items, next } = (await answer.json()) as { readonly items: readonly unknown[]; readonly next: string | null };
    tookMs.push(performance.now() - startedAtMs);
    listed += items.length;
    if (next === null) break;
    after = next;
  }
  if (listed !== packages) throw new Error(`the pages have ${listed} packages, not ${packages}`);
  return tookMs;
}
