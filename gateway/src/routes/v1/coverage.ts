import { listCoverage, readPackageCoverage, routeOf } from '@odst/api';
import type { HeadCoverage, SiteCount, SiteCoverage } from '@odst/contracts/sync';
import type { HttpApp } from '@odst/http';
import { admits, OdstError, stages } from '@odst/kernel';
import { principalOf } from '../../admission.ts';
import { type CountedHead, type CountedSite, type CountingDeps, placeOf } from '../../coverage-counts.ts';
import { createOpenStreams } from '../../events-feed/open-streams.ts';
import { oneOf, textOrNull } from '../../wire.ts';
import { packageOf } from './package-resource.ts';

/** What a call may take beside what it waits for. */
const waitSlackMs = 10_000;

/** Requests of one caller that wait at the same time. */
const mostOfCaller = 100;

const siteStates = ['verified', 'waiting', 'downloading', 'retrying', 'unknown', 'withheld'] as const;

/** `GET /api/v1/packages/{id}/coverage` and `GET /api/v1/coverage`. */
export function coverageV1Routes(app: HttpApp, { clients, countCoverage }: CountingDeps): void {
  const waiting = createOpenStreams(app, mostOfCaller);

  app.route({
    ...routeOf(readPackageCoverage),
    handler: async (request, reply) => {
      const caller = principalOf(request);
      const { stage: only, wait, waitSeconds } = request.query;
      const wanted = { reference: String(request.params.id), alsoDeleted: true };
      const { heads } = packageOf(await clients.packages.getPackage(wanted, { caller }));
      const named = heads.flatMap(({ stage, content }) =>
        content === undefined || (only !== undefined && only !== stage) ? [] : [{ stage, sha256: content.sha256 }],
      );
      if (wait === undefined) {
        const covered = await clients.coverage.getCoverage({ heads: named }, { caller });
        return { items: covered.heads.map(headResource), next: null, waited: null };
      }
      const waitMs = 1_000 * waitSeconds;
      const asked = { heads: named, goal: wait, waitMs };
      const options = { caller, timeoutMs: waitMs + waitSlackMs, signal: waiting.add(reply, caller.actor) };
      const { heads: covered, complete, missing } = await clients.coverage.waitCoverage(asked, options);
      return { items: covered.map(headResource), next: null, waited: { complete, missing: missing.map(siteResource) } };
    },
  });

  app.route({
    ...routeOf(listCoverage),
    handler: async (request) => {
      const { stage, heldBy, lackedBy, limit, after } = request.query;
      const { heads, sites, countedAt } = await countCoverage(principalOf(request));
      const behind = after === undefined ? undefined : parsePlace(after);
      const isHolder = holderOf(heldBy === undefined ? undefined : sites.find(({ iss }) => iss === heldBy), heldBy);
      const wanted = heads.filter(
        (head) =>
          (stage === undefined || head.stage === stage) &&
          (lackedBy === undefined || head.lackedBy.includes(lackedBy)) &&
          isHolder(head) &&
          isBehind(placeOf(head), behind),
      );
      const page = wanted.slice(0, limit);
      const last = page.at(-1);
      return {
        items: page.map((head) => ({ ...head, lackedBy: [...head.lackedBy] })),
        next: last === undefined || wanted.length <= limit ? null : placeOf(last).join('.'),
        sites: sites.map(siteCountResource),
        countedAt: countedAt.toISOString(),
      };
    },
  });
}

/** Whether a server holds a head; every head where none is asked for. One that is not known, or was not heard of, holds nothing that is known. */
function holderOf(site: SiteCount | undefined, iss: string | undefined): (head: CountedHead) => boolean {
  if (iss === undefined) return () => true;
  if (site?.isHeard !== true) return () => false;
  const stage = oneOf(stages, site.stage);
  return (head) => admits(stage, head.stage) && !head.lackedBy.includes(site.iss);
}

/** @throws OdstError COMMON_REQUEST_INVALID */
function parsePlace(after: string): readonly number[] {
  if (/^-?\d{1,9}(\.\d{1,9}){3}$/.test(after)) return after.split('.').map(Number);
  throw new OdstError('COMMON_REQUEST_INVALID', '`after` is no cursor', { pointer: '/after' });
}

function isBehind(place: readonly number[], other: readonly number[] | undefined): boolean {
  if (other === undefined) return true;
  const index = place.findIndex((value, at) => value !== other[at]);
  return index >= 0 && (place[index] ?? 0) > (other[index] ?? 0);
}

function headResource({ head, held, of, sites }: HeadCoverage) {
  if (head === undefined) throw new OdstError('COMMON_INTERNAL', 'sync told the coverage of nothing');
  return { stage: oneOf(stages, head.stage), sha256: head.sha256, held, of, sites: sites.map(siteResource) };
}

function siteResource({ iss, name, state, since, reason, nextTryAt, heardAt }: SiteCoverage) {
  return {
    iss,
    name,
    state: oneOf(siteStates, state),
    since: since?.toISOString() ?? null,
    reason: textOrNull(reason),
    nextTryAt: nextTryAt?.toISOString() ?? null,
    heardAt: heardAt?.toISOString() ?? null,
  };
}

function siteCountResource({ iss, name, stage, isHeard, heardAt, held, of, lacksBytes }: CountedSite) {
  return { iss, name, stage: oneOf(stages, stage), isHeard, heardAt: heardAt?.toISOString() ?? null, held, of, lacksBytes };
}
