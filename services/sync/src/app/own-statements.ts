import { type PeriodicWork, startPeriodic } from '@odst/async';
import type { HoldingsStatement } from '@odst/contracts/sync';
import type { Logger } from '@odst/telemetry';
import {
  heldSince,
  isStampAhead,
  nextStatementStamp,
  packHoldings,
  type Statement,
  shardCount,
  shardOf,
  shardPrefix,
  statementBytes,
} from '../domain/holdings.ts';
import type { FeedSignal } from './feed-signal.ts';
import type { HeardStatement, HeldContents, Signatures, SiteDirectory, StatementStore } from './holdings-ports.ts';
import { type PeriodicDeps, periodicOptions } from './periodic.ts';

/** Pause between two looks at all that storage holds, where nothing tells of a change. */
const sweepMs = 60_000;

/** Changes of what storage holds are gathered this long: one statement of a shard tells of all in it. */
const gatherMs = 1_000;

/** A server with peers says this often that it runs. */
const heartbeatMs = 30_000;

/** A heartbeat of another process of this server that is this young is enough. */
const youngMs = heartbeatMs / 2;

/** What a server needs to speak of itself. */
export type OwnStatementsDeps = PeriodicDeps & {
  readonly statements: StatementStore;
  readonly sites: Pick<SiteDirectory, 'ownIss'>;
  readonly signatures: Pick<Signatures, 'sign'>;
  readonly contents: HeldContents;
  readonly feedSignal: FeedSignal;
  readonly logger: Logger;
  /** Whether anybody listens. */
  readonly hasPeers: () => boolean;
};

/** Says, signed, which contents this server holds, and that it runs. */
export interface OwnStatements extends AsyncDisposable {
  /** Storage verified a content, or gave one up. @param at when */
  contentChanged(sha256: string, at: Date): void;
  /** There are other peers than before: whoever is new hears of this server at once. */
  peersChanged(): void;
}

/** Starts it. What storage holds is looked at, never what is planned: so it is right after any crash, and what is lost is not claimed. */
export function startOwnStatements(deps: OwnStatementsDeps): OwnStatements {
  const changed = new Map<string, Date>();
  let sweepDueMs = 0;
  const look = async (signal: AbortSignal) => {
    const nowMs = deps.scheduler.now().getTime();
    const all = nowMs >= sweepDueMs;
    const taken = new Map(changed);
    const shards = all ? undefined : [...new Set([...taken.keys()].map(shardOf))];
    await stateHoldings(deps, { shards, changedAt: taken }, signal);
    for (const [sha256, at] of taken) if (changed.get(sha256) === at) changed.delete(sha256);
    if (all) sweepDueMs = nowMs + sweepMs;
    return { nextMs: Math.max(0, sweepDueMs - nowMs) };
  };
  const options = periodicOptions(deps);
  const name = 'saying which contents are held';
  const holdings: PeriodicWork = startPeriodic({ ...options, name, intervalMs: sweepMs, leastGapMs: gatherMs, run: look });
  const heartbeats = startPeriodic({
    ...options,
    name: 'saying that this server runs',
    intervalMs: heartbeatMs,
    run: () => stateHeartbeat(deps),
  });
  return {
    contentChanged(sha256, at) {
      changed.set(sha256, at);
      holdings.soon();
    },
    peersChanged: () => heartbeats.soon(),
    async [Symbol.asyncDispose]() {
      await Promise.all([holdings[Symbol.asyncDispose](), heartbeats[Symbol.asyncDispose]()]);
    },
  };
}

/** Which shards are looked at; default all. Contents keep their time, new ones have that of the event or else of now. */
type Look = { readonly shards: readonly number[] | undefined; readonly changedAt: ReadonlyMap<string, Date> };

/**
 * States the shards that are not as they were stated, each later than whatever was stated of it in this server's name: so after a restore
 * from a backup the life before it ends here too.
 */
async function stateHoldings(deps: OwnStatementsDeps, { shards, changedAt }: Look, signal: AbortSignal): Promise<void> {
  const { statements, sites, signatures, contents, scheduler, feedSignal } = deps;
  const iss = await sites.ownIss();
  const held = new Map<number, string[]>();
  for (const prefix of shards?.map(shardPrefix) ?? ['']) {
    for await (const sha256 of contents.listHeld(prefix, signal)) {
      const ofShard = held.get(shardOf(sha256));
      if (ofShard === undefined) held.set(shardOf(sha256), [sha256]);
      else ofShard.push(sha256);
    }
  }
  const stated = await statements.holdings({ iss, ...(shards === undefined ? {} : { shards }) });
  const before = new Map(stated.map((statement) => [statement.shard, statement]));
  const now = scheduler.now();
  const news: Statement[] = [];
  const anew: Statement[] = [];
  const ahead = stated.find(({ stamp }) => isStampAhead(stamp, now.getTime()));
  const mayBeLost = await isLost(deps, ahead, now.getTime());
  for (const shard of shards ?? Array.from({ length: shardCount }, (_, index) => index)) {
    const known = before.get(shard);
    const entries = entriesOf(held.get(shard) ?? [], known, changedAt, now);
    const isAnew = mayBeLost && known !== undefined && isStampAhead(known.stamp, now.getTime());
    if (Buffer.compare(entries, known?.entries ?? new Uint8Array()) === 0 && !isAnew) continue;
    const stamp = nextStatementStamp(isAnew ? 0n : (known?.stamp ?? 0n), now.getTime());
    const unsigned: Statement = { kind: 'holdings', statement: { iss, shard, stamp, entries, signature: new Uint8Array() } };
    const signature = await signatures.sign('holdings', statementBytes(unsigned));
    (isAnew ? anew : news).push({ kind: 'holdings', statement: { ...unsigned.statement, signature } });
  }
  if (news.length + anew.length === 0) return;
  for (const one of anew) {
    if (one.kind === 'holdings') await statements.replaceOwn({ ...one, heardAt: now }, before.get(one.statement.shard)?.stamp);
  }
  await statements.putStatements(news.map((one) => ({ ...one, heardAt: now })));
  feedSignal.raise();
}

function entriesOf(
  sha256s: readonly string[],
  known: HoldingsStatement | undefined,
  changedAt: ReadonlyMap<string, Date>,
  now: Date,
): Uint8Array {
  const holdings = sha256s.map((sha256) => {
    const since = known === undefined ? undefined : heldSince(known, sha256);
    return { sha256, sinceMs: since ?? (changedAt.get(sha256) ?? now).getTime() };
  });
  return packHoldings(holdings);
}

async function stateHeartbeat({ statements, sites, signatures, scheduler, hasPeers }: OwnStatementsDeps): Promise<void> {
  if (!hasPeers()) return;
  const iss = await sites.ownIss();
  const now = scheduler.now();
  const known = (await statements.heard()).find((one) => one.iss === iss);
  const ageMs = known === undefined ? Number.POSITIVE_INFINITY : now.getTime() - known.heardAt.getTime();
  // One of the future is from before the clock was set back: nobody would hear of this server until then.
  if (ageMs >= 0 && ageMs < youngMs) return;
  const isAnew = await isLost({ statements }, known, now.getTime());
  const stamp = nextStatementStamp(isAnew ? 0n : (known?.stamp ?? 0n), now.getTime());
  const unsigned: Statement = { kind: 'heartbeat', statement: { iss, stamp, signature: new Uint8Array(), ageMs: 0n } };
  const signature = await signatures.sign('heartbeat', statementBytes(unsigned));
  const statement = { ...unsigned.statement, signature };
  const beat: HeardStatement = { kind: 'heartbeat', statement, heardAt: now };
  if (isAnew) await statements.replaceOwn(beat, known?.stamp);
  else await statements.putStatements([beat]);
}

/**
 * Whether no other server takes what this one said, as its clock was far ahead when that was signed, and was set back since. Where others
 * too said something that far ahead, it is this clock that is behind: then what was said counts, and what follows is to be later.
 * @param said by this server; undefined for nothing
 * @param nowMs milliseconds since 1970
 */
export async function isLost(
  { statements }: { readonly statements: Pick<StatementStore, 'heard'> },
  said: { readonly iss: string; readonly stamp: bigint } | undefined,
  nowMs: number,
): Promise<boolean> {
  if (said === undefined || !isStampAhead(said.stamp, nowMs)) return false;
  return (await statements.heard()).every(({ iss, stamp }) => iss === said.iss || !isStampAhead(stamp, nowMs));
}
