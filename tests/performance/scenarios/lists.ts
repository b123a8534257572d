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

/** What a page of the web UI asks for, and whether it is asked for one package. */
const questions: readonly (readonly [name: string, path: (turn: number) => string])[] = [
  ['a page of 100 of them', (turn) => `/api/v1/packages?limit=100&sort=${['id', '-id', 'name', '-name'][turn % 4]}`],
  ['a page of 100, those changed last first', () => '/api/v1/packages?limit=100&sort=changed'],
  ['a page of 100 of a stage', (turn) => `/api/v1/packages?limit=100&stage=${['Dev', 'Test', 'Prod'][turn % 3]}&sort=name`],
  ['a page of what a search finds', (turn) => `/api/v1/packages?limit=100&q=${turn % 10}${turn % 7}&sort=name`],
  ['a page and how many there are', (turn) => `/api/v1/packages?limit=100&total=true&q=${turn % 10}`],
  ['a page of what a server lacks', () => '/api/v1/packages?limit=100&behind=true'],
  ['coverage, the worst first', () => '/api/v1/coverage?sort=worst&limit=100'],
  ['one package', (turn) => `/api/v1/packages/${1 + ((turn * 37) % packages)}`],
  ['where one package is', (turn) => `/api/v1/packages/${1 + ((turn * 37) % packages)}/coverage`],
  ['the history of a package', () => '/api/v1/packages/1/history'],
  ['what happened lately', (turn) => `/api/v1/activity?limit=100${turn % 2 === 0 ? '' : '&kind=packages'}`],
];

/** Of each question; the slowest of a hundred is its p99. */
const askedTimes = 200;

/** A page of the web UI is there before anybody waits for it. */
const mostPageMs = 50;

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
  const asked: Claim[] = [];
  for (const [name, path] of questions) {
    const tookMs = await asking(server, path);
    const detail = `p99 of ${tookMs.length}; p50 ${ms(percentile(tookMs, 50))}, the slowest ${ms(Math.max(...tookMs))}`;
    asked.push({ name: `${name} by /api/v1`, measured: percentile(tookMs, 99), limit: mostPageMs, unit: 'ms', detail });
  }
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
    ...asked,
  ];
}

/** @returns milliseconds of each answer, one after the other */
async function asking({ admin }: ServerProcess, path: (turn: number) => string): Promise<readonly number[]> {
  const tookMs: number[] = [];
  for (let turn = 0; turn < askedTimes + warmUps; turn += 1) {
    const startedAtMs = performance.now();
    const answer = await admin.send(path(turn));
    await answer.arrayBuffer();
    if (answer.status !== 200) throw new Error(`${path(turn)} was answered with ${answer.status}`);
    if (turn >= warmUps) tookMs.push(performance.now() - startedAtMs);
  }
  return tookMs;
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
