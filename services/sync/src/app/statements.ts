import type { StorageEvent } from '@odst/contracts/storage';
import type { Statement } from '../domain/holdings.ts';
import { type Coverage, type CoverageDeps, createCoverage } from './coverage.ts';
import { type LettingGoDeps, startLettingGo } from './letting-go.ts';
import { type OwnStatementsDeps, startOwnStatements } from './own-statements.ts';
import { type TakeStatementsDeps, takeStatements } from './take-statements.ts';

/** What statements need. */
export type StatementsDeps = OwnStatementsDeps & CoverageDeps & TakeStatementsDeps & LettingGoDeps;

/** What servers say of themselves: this one, and those that peers tell of. */
export interface Statements extends AsyncDisposable {
  /** Takes in what a peer told. @returns what was news @throws OdstError when it cannot now */
  take(told: readonly Statement[], fromIss: string): Promise<readonly Statement[]>;
  /** Has what this server holds said anew, where an event of storage changes it. Doing it again changes nothing. */
  onStorageEvent(event: StorageEvent, at: Date): void;
  /** A content is to leave this server that was not. */
  leavingChanged(): void;
  /** There are other peers than before. */
  peersChanged(): void;
  /** Which servers hold what. */
  readonly coverage: Coverage;
}

/** Starts to speak for this server. */
export function startStatements(deps: StatementsDeps): Statements {
  const own = startOwnStatements(deps);
  const lettingGo = startLettingGo(deps);
  return {
    async take(told, fromIss) {
      const news = await takeStatements(deps, told, fromIss);
      lettingGo.stated(news);
      return news;
    },
    onStorageEvent(event, at) {
      if (event.type === 'BlobVerified' || event.type === 'BlobRemoved') own.contentChanged(event.data.blob, at);
    },
    leavingChanged: () => lettingGo.leavingChanged(),
    peersChanged: () => own.peersChanged(),
    coverage: createCoverage(deps),
    async [Symbol.asyncDispose]() {
      await Promise.all([own[Symbol.asyncDispose](), lettingGo[Symbol.asyncDispose]()]);
    },
  };
}
