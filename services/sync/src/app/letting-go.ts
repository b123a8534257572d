import { type PeriodicWork, startPeriodic } from '@odst/async';
import type { Logger } from '@odst/telemetry';
import { type Statement, shardOf } from '../domain/holdings.ts';
import { holderOf, type LeavingContent } from '../domain/leaving.ts';
import { knownSites, type SitesDeps, shardBatches, statementsOf } from './coverage.ts';
import { type PeriodicDeps, periodicOptions } from './periodic.ts';
import type { Catalog } from './ports.ts';

/** Pause between two looks at all that is leaving: who was silent may be heard of again. */
const sweepMs = 60_000;

/** Statements are gathered this long before what they tell of is looked at. */
const gatherMs = 2_000;

/** What letting go needs. */
export type LettingGoDeps = PeriodicDeps &
  SitesDeps & { readonly catalog: Pick<Catalog, 'listLeaving' | 'letGo'>; readonly logger: Logger };

/** Has contents that this server is not to have any more let go, as soon as another server that admits them says that it holds them. */
export interface LettingGo extends AsyncDisposable {
  /** Something is leaving that was not. */
  leavingChanged(): void;
  /** Servers stated what they hold. */
  stated(statements: readonly Statement[]): void;
}

/** Starts it. What is leaving is asked of catalog at the start, when something begins to leave, and every minute. */
export function startLettingGo(deps: LettingGoDeps): LettingGo {
  const { catalog, scheduler } = deps;
  /** What was leaving at the last look at all, and since when that is known here. */
  let pending = new Map<string, LeavingContent & { readonly seenAt: Date }>();
  const changedShards = new Set<number>();
  let sweepDueMs = 0;

  const listAll = async (signal: AbortSignal): Promise<void> => {
    const seenAt = scheduler.now();
    const present: typeof pending = new Map();
    for await (const content of catalog.listLeaving(signal)) {
      const key = `${content.packageUuid} ${content.sha256}`;
      present.set(key, { ...content, seenAt: pending.get(key)?.seenAt ?? seenAt });
    }
    pending = present;
  };
  const look = async (signal: AbortSignal) => {
    const nowMs = scheduler.now().getTime();
    const isSweep = nowMs >= sweepDueMs;
    const changed = new Set(changedShards);
    changedShards.clear();
    // Set before, so that what begins to leave meanwhile is looked at soon.
    if (isSweep) sweepDueMs = nowMs + sweepMs;
    try {
      if (isSweep) await listAll(signal);
      const concerned = [...pending].filter(([, { sha256 }]) => isSweep || changed.has(shardOf(sha256)));
      for (const key of await letGo(deps, new Map(concerned), signal)) pending.delete(key);
    } catch (error) {
      sweepDueMs = 0;
      throw error;
    }
    return { nextMs: Math.max(0, sweepDueMs - scheduler.now().getTime()) };
  };
  const name = 'letting go of what others hold';
  const work: PeriodicWork = startPeriodic({
    ...periodicOptions(deps),
    name,
    intervalMs: sweepMs,
    leastGapMs: gatherMs,
    run: look,
  });
  return {
    leavingChanged() {
      sweepDueMs = 0;
      work.soon();
    },
    stated(statements) {
      if (pending.size === 0) return;
      for (const one of statements) if (one.kind === 'holdings') changedShards.add(one.statement.shard);
      if (changedShards.size > 0) work.soon();
    },
    [Symbol.asyncDispose]: () => work[Symbol.asyncDispose](),
  };
}

/**
 * Has those let go that a server holds.
 * @returns the keys of those that are
 * @throws what one of them failed with, after the others
 */
async function letGo(
  deps: LettingGoDeps,
  pending: ReadonlyMap<string, LeavingContent & { readonly seenAt: Date }>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (pending.size === 0) return [];
  const { catalog, statements, logger } = deps;
  const done: string[] = [];
  let failure: { readonly error: unknown } | undefined;
  const known = await knownSites(deps);
  for (const shards of shardBatches([...pending.values()])) {
    const stated = { ...known, statements: await statementsOf(statements, shards) };
    for (const [key, content] of pending) {
      if (!shards.includes(shardOf(content.sha256))) continue;
      const holder = holderOf(content, stated, content.seenAt);
      if (holder === undefined) continue;
      try {
        if (!(await catalog.letGo(content, holder, signal))) continue;
        done.push(key);
        logger.info(
          { blob: content.sha256, holder: holder.iss, name: holder.name },
          'let go of a content that another server holds',
        );
      } catch (error) {
        if (signal.aborted) throw error;
        failure ??= { error };
      }
    }
  }
  if (failure !== undefined) throw failure.error;
  return done;
}
