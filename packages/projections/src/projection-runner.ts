import { isOdstError } from '@odst/kernel';

/** Why a projection stands still. */
export type ProjectionFailure = {
  /** The event that it cannot take, or the first one of the batch that failed. */
  readonly position: bigint;
  /** Tries in a row. */
  readonly attempts: number;
  readonly error: unknown;
};

/** What an admin is told of a failure: of a statement, what PostgreSQL said. */
export function messageOf(error: unknown): string {
  if (isOdstError(error, 'COMMON_INTERNAL') && error.cause !== undefined) return messageOf(error.cause);
  return error instanceof Error ? error.message : String(error);
}

/** A projection that is kept up to date. */
export interface ProjectionRunner {
  readonly name: string;
  /**
   * Read your writes: resolves when the rows of all events up to `position` are committed, by this process or another.
   * @param timeoutMs default 8000, and 2000 while an event fails or another version has the tables
   * @throws OdstError COMMON_DEADLINE_EXCEEDED when they are not in time
   * @throws OdstError COMMON_SERVICE_UNAVAILABLE when the runner stops meanwhile
   */
  waitFor(position: bigint, timeoutMs?: number): Promise<void>;
  /** Looks at once for events, and for what another one applied. */
  look(): void;
  /**
   * Position of the last event whose rows are committed.
   * @throws OdstError COMMON_DATABASE_UNAVAILABLE
   */
  position(): Promise<bigint>;
  /**
   * Committed events that the rows do not show yet.
   * @throws OdstError COMMON_DATABASE_UNAVAILABLE
   */
  lag(): Promise<bigint>;
  /** The failure that is being retried, if there is one. */
  failure(): ProjectionFailure | undefined;
}

/** The same for who started it. */
export interface StartedProjection extends ProjectionRunner, AsyncDisposable {}
