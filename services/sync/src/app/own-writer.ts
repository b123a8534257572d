import type { PackageRecord } from '@odst/contracts/catalog';
import type { WriterStatement } from '@odst/contracts/sync';
import { OdstError } from '@odst/kernel';
import { isStampAhead, nextStatementStamp, type Statement, statementBytes } from '../domain/holdings.ts';
import { hasReached, joinedReach, reachAfter, type WriterReach } from '../domain/writer.ts';
import type { Signatures, SiteDirectory, StatementStore } from './holdings-ports.ts';
import { isLost } from './own-statements.ts';
import type { Scheduler } from './ports.ts';

/** Tries to speak while other processes of this server do: each that fails is one of theirs that succeeds. */
const mostTries = 20;

/** What a server needs to say how far it has written. */
export type OwnWriterDeps = {
  readonly statements: Pick<StatementStore, 'heard' | 'replaceOwn' | 'writers'>;
  readonly sites: Pick<SiteDirectory, 'ownIss'>;
  readonly signatures: Pick<Signatures, 'sign'>;
  readonly scheduler: Scheduler;
  /** Called after this server said more than before. */
  readonly onStated: () => void;
};

/** Says, signed, how far this server has written: so that nobody can claim to have seen changes of it that it has not made. */
export interface OwnWriter {
  /**
   * Has said, before anybody reads these records, that this server made those of their changes that are its own. Many changes that are read
   * together need one statement.
   * @throws OdstError when registration or the database cannot answer now
   */
  cover(records: readonly Pick<PackageRecord, 'changes'>[]): Promise<void>;
  /**
   * A peer told what was signed in this server's name: by another life of it, where it was restored from a backup. This life says all of it
   * too, and later.
   * @throws OdstError as above
   */
  heard(told: WriterStatement): Promise<void>;
}

/**
 * Builds it. Each statement follows from the one before, and takes the place of that one alone: of two processes of this server that speak
 * at once neither says less than the other has said.
 */
export function createOwnWriter(deps: OwnWriterDeps): OwnWriter {
  const { statements, sites, scheduler } = deps;
  const startedMs = scheduler.now().getTime();
  let known: WriterStatement | undefined;
  let last: Promise<void> = Promise.resolve();

  const nowMs = () => scheduler.now().getTime();

  /** Says what follows from what was said, again where another process of this server says something in between. */
  const state = async (next: Next) => {
    const iss = await sites.ownIss();
    for (let tries = 0; tries < mostTries; tries += 1) {
      known = (await statements.writers([iss]))[0]?.statement;
      const reach = next(known, await isLost(deps, known, nowMs()));
      if (reach === undefined) return;
      const statement = await signed(deps, iss, reach);
      const isPut = await statements.replaceOwn({ kind: 'writer', statement, heardAt: scheduler.now() }, known?.stamp);
      if (!isPut) continue;
      known = statement;
      deps.onStated();
      return;
    }
    throw new OdstError(
      'COMMON_SERVICE_UNAVAILABLE',
      'other processes of this server keep saying how far it has written; this one is to be asked again',
    );
  };
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };

  return {
    async cover(records) {
      const iss = await sites.ownIss();
      const written = records.flatMap(({ changes }) => changes.filter((change) => change.iss === iss));
      if (written.length === 0) return;
      if (written.every((change) => hasReached(known, change)) && !(known && isStampAhead(known.stamp, nowMs()))) return;
      await inTurn(() =>
        state((before, isAnew) => {
          const reach = reachAfter(before, written, startedMs) ?? (isAnew ? before : undefined);
          return reach && { ...reach, after: isAnew ? 0n : (before?.stamp ?? 0n) };
        }),
      );
    },
    heard: (told) =>
      inTurn(() =>
        state((before, isAnew) => {
          if (before === undefined) return { ...told, after: told.stamp };
          if ((told.stamp < before.stamp && !isAnew) || isSame(told, before)) return undefined;
          return { ...joinedReach(before, told), after: told.stamp };
        }),
      ),
  };
}

/** What to say after what was said; undefined for no more. @param isAnew whether that counts nowhere, so that it is to be said anew */
type Next = (before: WriterStatement | undefined, isAnew: boolean) => (WriterReach & { readonly after: bigint }) | undefined;

async function signed(
  { signatures, scheduler }: OwnWriterDeps,
  iss: string,
  { epoch, lastStamp, floor, after }: WriterReach & { readonly after: bigint },
): Promise<WriterStatement> {
  const stamp = nextStatementStamp(after, scheduler.now().getTime());
  const unsigned: Statement & { readonly kind: 'writer' } = {
    kind: 'writer',
    statement: { iss, epoch, lastStamp, floor, stamp, signature: new Uint8Array() },
  };
  return { ...unsigned.statement, signature: await signatures.sign('writer', statementBytes(unsigned)) };
}

function isSame(one: WriterStatement, other: WriterStatement): boolean {
  return one.stamp === other.stamp && Buffer.compare(one.signature, other.signature) === 0;
}
