import type { Logger } from '@odst/telemetry';
import { faultOf, heardAtOf, isLoud, type Statement, statementBytes, subjectOfStatement } from '../domain/holdings.ts';
import type { FeedSignal } from './feed-signal.ts';
import type { HeardStatement, Signatures, SiteDirectory, StatementStore } from './holdings-ports.ts';
import type { OwnWriter } from './own-writer.ts';
import type { Scheduler } from './ports.ts';

/** What taking statements needs. */
export type TakeStatementsDeps = {
  readonly statements: StatementStore;
  readonly sites: Pick<SiteDirectory, 'keysOf' | 'ownIss'>;
  readonly signatures: Pick<Signatures, 'holds'>;
  readonly feedSignal: FeedSignal;
  readonly scheduler: Scheduler;
  readonly logger: Logger;
  /** What was signed in this server's own name: it is said anew, and never taken as it is. */
  readonly ownWriter: Pick<OwnWriter, 'heard'>;
  /** Called where servers said how far they have written: what is held back for it may be taken in now. */
  readonly writersStated: () => void;
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
  const { statements, sites, signatures, feedSignal, scheduler, logger, ownWriter } = deps;
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
  const own = await sites.ownIss();
  for (const one of signed) if (isOwnWriter(one, own)) await ownWriter.heard(one.statement);
  const others = signed.filter((one) => !isOwnWriter(one, own));
  const put = await statements.putStatements(others.map((one) => heard(one, nowMs)));
  if (put.some(isLoud)) feedSignal.raise();
  if (put.some(({ kind }) => kind === 'writer')) deps.writersStated();
  return put;
}

function isOwnWriter(told: Statement, ownIss: string): told is Statement & { readonly kind: 'writer' } {
  return told.kind === 'writer' && told.statement.iss === ownIss;
}

function heard(told: Statement, nowMs: number): HeardStatement {
  return { ...told, heardAt: new Date(told.kind === 'heartbeat' ? heardAtOf(told.statement, nowMs) : nowMs) };
}
