import type { components } from '@odst/api-client';
import { printable } from '@odst/kernel';
import type { Stage } from './command.ts';
import { type Api, allOf } from './connection.ts';
import { Fault, UsageFault } from './status.ts';
import type { Terminal } from './terminal.ts';

type HeadCoverage = components['schemas']['HeadCoverage'];

/** Which sites are to hold a content before a command ends. */
export type WaitedSites = {
  /** As the API takes it. */
  readonly wait: string;
  /** Whether they do. @throws Fault notAtSites for a site that is not to hold it */
  isThere(coverage: HeadCoverage): boolean;
};

/** What is waited for, of one stage of a package. */
export type Awaited = { readonly packageId: number; readonly filename: string; readonly stage: Stage; readonly sha256: string };

/** How many hold it, of those that are to; this server is one of them. */
export type SitesCount = { readonly held: number; readonly of: number };

/** How long the server may wait with an answer: what is between may cut off one that takes longer. */
const mostWaitSeconds = 30;

/** Before the next question where the server did not wait, as for more sites than there are. */
const pauseMs = 2_000;

/**
 * What `--wait` says: `all`, a number of sites, or the name or ISS ID of one.
 * @throws UsageFault for a site that nobody knows
 */
export async function waitedSitesOf(text: string, api: Api): Promise<WaitedSites> {
  if (text === 'all') {
    return {
      wait: text,
      isThere({ held, of, stage }) {
        if (of === 0)
          throw new Fault('notAtSites', `no site takes anything of ${stage}, this server neither: nobody will hold it`);
        return held >= of;
      },
    };
  }
  if (/^[1-9]\d{0,5}$/.test(text)) return { wait: text, isThere: ({ held }) => held >= Number(text) };
  const { items } = await allOf(api, '/api/v1/servers');
  const found = items.filter(({ iss, name, retired }) => !retired && (iss === text || name === text));
  const [site, another] = found;
  if (site === undefined) throw new UsageFault(`--wait is all, a number, or a site: there is none named ${text}`);
  if (another !== undefined) throw new UsageFault(`several sites are named ${text}: give the ISS ID of one`);
  return {
    wait: site.iss,
    isThere({ sites, stage }) {
      const seen = sites.find(({ iss }) => iss === site.iss);
      if (seen === undefined || seen.state === 'withheld')
        throw new Fault('notAtSites', `${site.name} takes nothing of ${stage}: it will not hold it`);
      return seen.state === 'verified';
    },
  };
}

/**
 * Waits until sites hold a content, and tells how it goes.
 * @throws Fault notAtSites when the time is over, with those that lack it
 */
export async function waitForSites(
  { packageId: id, filename, stage, sha256 }: Awaited,
  { wait: named, isThere }: WaitedSites,
  seconds: number,
  api: Api,
  { complain, now, wait }: Terminal,
  signal: AbortSignal,
): Promise<SitesCount> {
  const endMs = now().getTime() + seconds * 1_000;
  for (let told = ''; ; ) {
    const askedMs = now().getTime();
    const waitSeconds = Math.max(0, Math.min(mostWaitSeconds, Math.ceil((endMs - askedMs) / 1_000)));
    const { items } = await api.get('/api/v1/packages/{id}/coverage', {
      // The first look tells how it stands.
      params: { path: { id }, query: { stage, wait: named, waitSeconds: told === '' ? 0 : waitSeconds } },
      ...{ signal, timeoutMs: (mostWaitSeconds + 30) * 1_000 },
    });
    const coverage = items.find((one) => one.stage === stage && one.sha256 === sha256);
    const isFirst = told === '';
    // What was uploaded a moment ago may not be counted yet.
    const line = coverage === undefined ? `${filename} is not counted yet` : countLine(filename, coverage);
    if (line !== told) complain(printable(line));
    told = line;
    if (coverage !== undefined && isThere(coverage)) return { held: coverage.held, of: coverage.of };
    if (now().getTime() >= endMs) throw overdue(line, seconds, stage, coverage);
    if (!isFirst && now().getTime() - askedMs < pauseMs) await wait(pauseMs);
    signal.throwIfAborted();
  }
}

const countLine = (filename: string, { held, of }: HeadCoverage): string => `${filename}: ${held} of ${of} sites hold it`;

function overdue(line: string, seconds: number, stage: Stage, coverage: HeadCoverage | undefined): Fault {
  if (coverage === undefined)
    return new Fault('notAtSites', `${line} after ${seconds} s: does ${stage} have other content by now?`);
  const lacking = coverage.sites
    .filter(({ state }) => state !== 'verified' && state !== 'withheld')
    .map(({ name, state, reason }) => `${name} (${reason ?? state})`);
  return new Fault('notAtSites', `${line} after ${seconds} s; not yet: ${lacking.join(', ')}. It goes on without this command`);
}
