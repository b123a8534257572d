import { isOdstError, OdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import type { Pool } from 'pg';
import { createCheckpoint, type Standing } from '../checkpoint.ts';
import type { Projection } from '../projection.ts';
import type { Rebuilds } from './create-rebuilds.ts';

/** Brings the tables of projections to the versions that this process has. */
export interface Versions {
  /**
   * Begins to rebuild the projections whose tables are of another version. Those of a higher one are left to its processes, unless
   * this process has just started: then the version before is what the admin wants. What cannot begin is logged and tried later.
   */
  catchUp(when: 'at start' | 'later'): Promise<void>;
  /** Projections whose tables are of another version, with the reason why they cannot be rebuilt, or nothing. */
  outdated(): Promise<ReadonlyMap<string, string>>;
  /** @throws OdstError COMMON_PROJECTION_REBUILDING when the tables are not of this version, as it takes over by itself, or must not */
  requireOwn(projection: Projection): Promise<void>;
}

/** A rebuild reads all events, so one that fails is not begun again at every look: at most every so many. */
const longestPause = 32;

/** What versions are kept with. */
export type VersionsDeps = {
  readonly pool: Pool;
  readonly schema: string;
  readonly projections: readonly Projection[];
  readonly logger: Logger;
};

/** Builds the versions of a service's projections. */
export function createVersions(deps: VersionsDeps, rebuilds: Pick<Rebuilds, 'start'>): Versions {
  const { pool, schema, projections, logger } = deps;
  const standingOf = (projection: Projection): Promise<Standing> => createCheckpoint(pool, schema, projection).standing();
  const problems = new Map<string, string>();
  const begun = new Map<string, number>();
  const pauses = new Map<string, number>();

  const takeOver = async (projection: Projection, over: 'lower' | 'any'): Promise<void> => {
    const { name, version } = projection;
    problems.delete(name);
    try {
      await rebuilds.start(projection, over);
      const times = (begun.get(name) ?? 0) + 1;
      begun.set(name, times);
      pauses.set(name, Math.min(2 ** times, longestPause) - 2);
      logger.info({ projection: name, version }, 'the tables are of another version: they are rebuilt');
    } catch (error) {
      // Another process does it, or one of the other version rebuilds: the next look tells.
      if (isOdstError(error, 'COMMON_PROJECTION_REBUILDING')) return;
      problems.set(name, error instanceof Error ? error.message : String(error));
      logger.error({ err: error, projection: name, version }, 'the tables are of another version, and cannot be rebuilt');
    }
  };

  return {
    async catchUp(when) {
      for (const projection of projections) {
        const standing = await standingOf(projection);
        const pause = pauses.get(projection.name) ?? 0;
        if (standing === 'lower' && pause > 0) pauses.set(projection.name, pause - 1);
        else if (standing === 'lower') await takeOver(projection, 'lower');
        if (standing === 'higher' && when === 'at start') await takeOver(projection, 'any');
      }
    },
    async outdated() {
      const found = new Map<string, string>();
      for (const projection of projections) {
        if ((await standingOf(projection)) !== 'begun') found.set(projection.name, problems.get(projection.name) ?? '');
      }
      return found;
    },
    async requireOwn(projection) {
      if ((await standingOf(projection)) === 'begun') return;
      const { name, version } = projection;
      const message = `the tables of the projection ${name} are of another version than ${version} and are rebuilt without being asked`;
      throw new OdstError('COMMON_PROJECTION_REBUILDING', message, { projection: name });
    },
  };
}
