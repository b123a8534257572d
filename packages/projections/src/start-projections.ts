import { startPeriodic, warnWith } from '@odst/async';
import { type FaultPoint, noFault, OdstError } from '@odst/kernel';
import type { Metrics } from '@odst/telemetry';
import type { Projection } from './projection.ts';
import { messageOf, type ProjectionFailure, type ProjectionRunner, type StartedProjection } from './projection-runner.ts';
import { createRebuilds, type Rebuilds } from './rebuild/create-rebuilds.ts';
import type { RecordedRebuild } from './rebuild/rebuild-record.ts';
import type { ProjectionStatus } from './rebuild/rebuild-status.ts';
import { createVersions, type Versions } from './rebuild/versions.ts';
import { type ProjectionOptions, startProjection } from './start-projection.ts';

/** What the projections of a service are run with. */
export type ProjectionsOptions = Omit<ProjectionOptions, 'projection'> & {
  readonly projections: readonly Projection[];
  /** Milliseconds between two looks for what is to be done for rebuilds whose process is gone. Default 30,000. */
  readonly sweepEveryMs?: number;
  /** Default none. */
  readonly faultPoint?: FaultPoint;
  /** Where the lag of each is told. Default nowhere. */
  readonly metrics?: Pick<Metrics, 'read'>;
};

/** The projections of a service. Disposing breaks rebuilds off and waits for the batches under way. */
export interface Projections extends AsyncDisposable {
  /** @throws OdstError COMMON_PROJECTION_UNKNOWN */
  runner(name: string): ProjectionRunner;
  /**
   * How each is, in the order in which they were given.
   * @throws OdstError COMMON_DATABASE_UNAVAILABLE
   */
  list(): Promise<readonly ProjectionStatus[]>;
  /**
   * Begins to build a projection anew from the first event, in tables beside the live ones. These go on until the new ones show as
   * much; then the new ones take their place in one short transaction. No event goes to anybody else for it.
   * @throws OdstError COMMON_PROJECTION_UNKNOWN
   * @throws OdstError COMMON_PROJECTION_HELD when something in the database hangs on its tables
   * @throws OdstError COMMON_PROJECTION_REBUILDING while one runs, in this process or another
   * @throws OdstError COMMON_DATABASE_UNAVAILABLE
   */
  rebuild(name: string): Promise<void>;
}

const defaultSweepMs = 30_000;

/**
 * Starts to keep the projections of a service up to date, see {@link startProjection}, after removing what rebuilds left that a
 * crash broke off. One of another version than its tables is rebuilt at once, and until that succeeds.
 * @throws OdstError COMMON_DATABASE_UNAVAILABLE
 */
export async function startProjections(options: ProjectionsOptions): Promise<Projections> {
  const { projections, faultPoint = noFault, sweepEveryMs = defaultSweepMs, logger } = options;
  await using stack = new AsyncDisposableStack();
  const runners = new Map<string, StartedProjection>();
  const onSwitched = ({ name }: Projection): void => runners.get(name)?.look();
  const rebuilds = createRebuilds({ ...options, faultPoint, onSwitched });
  const versions = createVersions(options, rebuilds);
  await rebuilds.removeLeftovers();
  for (const projection of projections) {
    runners.set(projection.name, stack.use(await startProjection({ ...options, projection })));
  }
  stack.use(rebuilds);
  await versions.catchUp('at start');
  const lookAfter = async (): Promise<void> => {
    await rebuilds.removeLeftovers();
    await versions.catchUp('later');
  };
  stack.use(
    startPeriodic({
      name: 'looking after rebuilds',
      intervalMs: sweepEveryMs,
      firstAfterMs: sweepEveryMs,
      run: lookAfter,
      onError: warnWith(logger),
    }),
  );

  const named = <T>(found: T | undefined, name: string): T => {
    if (found === undefined)
      throw new OdstError('COMMON_PROJECTION_UNKNOWN', `there is no projection ${name}`, { projection: name });
    return found;
  };
  const runner = (name: string): ProjectionRunner => named(runners.get(name), name);
  const lagOf = async ({ name }: Projection) => ({ labels: { projection: name }, value: Number(await runner(name).lag()) });
  const { metrics } = options;
  if (metrics !== undefined) stack.use(metrics.read('odst_projection_lag_events', () => Promise.all(projections.map(lagOf))));
  const running = stack.move();
  return {
    runner,
    list: () => statusesOf(options, runner, rebuilds, versions),
    async rebuild(name) {
      const projection = named(
        projections.find((one) => one.name === name),
        name,
      );
      await versions.requireOwn(projection);
      await rebuilds.start(projection, 'own');
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function statusesOf(
  { projections, source }: ProjectionsOptions,
  runner: (name: string) => ProjectionRunner,
  rebuilds: Rebuilds,
  versions: Versions,
): Promise<readonly ProjectionStatus[]> {
  const recorded = await rebuilds.read();
  const outdated = await versions.outdated();
  const positions = await Promise.all(projections.map(({ name }) => runner(name).position()));
  const lastPosition = await source.lastPosition();
  return projections.map(({ name, version }, index) => {
    const position = positions[index] ?? 0n;
    const rebuild = recorded.get(name);
    return {
      name,
      version,
      position,
      lastPosition,
      lag: lastPosition > position ? lastPosition - position : 0n,
      ...healthOf(runner(name).failure(), rebuild, outdated.get(name)),
      rebuild: rebuild === undefined ? undefined : { ...rebuild, remainingSeconds: remainingSecondsOf(rebuild, lastPosition) },
    };
  });
}

function healthOf(
  failure: ProjectionFailure | undefined,
  rebuild: RecordedRebuild | undefined,
  outdated: string | undefined,
): Pick<ProjectionStatus, 'state' | 'failure'> {
  const tried = failure === undefined ? '' : `event ${failure.position}, try ${failure.attempts}: ${messageOf(failure.error)}`;
  if (rebuild?.state === 'running') return { state: 'rebuilding', failure: tried };
  if (outdated !== undefined) return { state: 'outdated', failure: outdated === '' ? (rebuild?.error ?? '') : outdated };
  return { state: failure === undefined ? 'live' : 'failing', failure: tried };
}

function remainingSecondsOf({ state, position, eventsPerSecond }: RecordedRebuild, lastPosition: bigint): number | undefined {
  if (state !== 'running' || eventsPerSecond === undefined) return undefined;
  return Math.max(0, Number(lastPosition - position)) / eventsPerSecond;
}
