import type { Logger } from '@odst/telemetry';
import { faultOf, heardAtOf, isLoud, type Statement, statementBytes, subjectOfStatement } from '../domain/holdings.ts';
import type { FeedSignal } from './feed-signal.ts';
import type { HeardStatement, Signatures, SiteDirectory, StatementStore } from './holdings-ports.ts';
import type { Scheduler } from './ports.ts';

/** What taking statements needs. */
export type TakeStatementsDeps = {
  readonly statements: StatementStore;
  readonly sites: Pick<SiteDirectory, 'keysOf'>;
  readonly signatures: Pick<Signatures, 'holds'>;
  readonly feedSignal: FeedSignal;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
};

/**
 * Takes in what a peer told that servers say of themselves: newer ones replace older ones, and go on to this server's own peers. What was
 * told before, or is not signed by a server that is known here, changes nothing; the rest of what was told is taken all the same.
 * @throws OdstError when registration or the database cannot answer now: then all of it is to be told again
 */
export async function takeStatements(
  deps: TakeStatementsDeps,
  told: readonly Statement[],
  fromIss: string,
): Promise<readonly Statement[]> {
  if (told.length === 0) return [];
  const { statements, sites, signatures, feedSignal, scheduler, logger } = deps;
  const nowMs = scheduler.now().getTime();
  const faults: string[] = [];
  const proper = told.filter((one) => {
    const fault = faultOf(one, nowMs);
    if (fault !== undefined) faults.push(fault);
    return fault === undefined;
  });
  const known = await statements.stampsOf(proper.map(subjectOfStatement));
  const news = proper.filter((one) => one.statement.stamp >= (known.get(subjectOfStatement(one)) ?? 0n));
  const keys =
    news.length === 0 ? new Map() : await sites.keysOf(fromIss, [...new Set(news.map(({ statement }) => statement.iss))]);
  const signed = news.filter((one) => {
    const key = keys.get(one.statement.iss);
    if (key === undefined) return false;
    const holds = signatures.holds(key, one.kind, statementBytes(one), one.statement.signature);
    if (!holds) faults.push('its signature does not hold');
    return holds;
  });
  if (faults.length > 0) {
    const facts = { peer: fromIss, statements: faults.length, reasons: [...new Set(faults)] };
    logger.warn(facts, 'statements that a peer told are refused');
  }
  const put = await statements.putStatements(signed.map((one) => heard(one, nowMs)));
  if (put.some(isLoud)) feedSignal.raise();
  return put;
}

function heard(told: Statement, nowMs: number): HeardStatement {
  return { ...told, heardAt: new Date(told.kind === 'heartbeat' ? heardAtOf(told.statement, nowMs) : nowMs) };
}
