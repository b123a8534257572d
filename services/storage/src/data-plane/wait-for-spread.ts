import { isOdstError, type Stage } from '@odst/kernel';
import type { FastifyBaseLogger } from 'fastify';
import type { Spread, SpreadGoal, SpreadState } from '../app/ports.ts';

/** How far a content has spread, as the answer tells it. */
type SpreadAnswer = Omit<SpreadState, 'missing'> & {
  readonly missing: {
    readonly iss: string;
    readonly name: string;
    readonly state: string;
    readonly reason: string | null;
  }[];
  /** Why it could not be waited for; null where it was. */
  readonly reason: string | null;
};

/**
 * Waits until those that an upload names hold it. The upload is done by then: what goes wrong here is told, and is no failure of it.
 * @param signal ends the wait; what is known then is the answer
 */
export async function waitForSpread(
  spread: Spread,
  head: { readonly stage: Stage; readonly sha256: string },
  goal: SpreadGoal,
  { signal, log }: { readonly signal: AbortSignal; readonly log: FastifyBaseLogger },
): Promise<SpreadAnswer> {
  try {
    const { missing, ...state } = await spread.wait(head, goal, signal);
    return {
      ...state,
      missing: missing.map((site) => ({ ...site, reason: site.reason === '' ? null : site.reason })),
      reason: null,
    };
  } catch (error) {
    if (!signal.aborted) log.warn({ err: error, sha256: head.sha256 }, 'the spread of an upload could not be waited for');
    const reason = signal.aborted ? 'the server stops' : isOdstError(error) ? error.message : 'an internal error';
    return {
      complete: false,
      held: 0,
      of: 0,
      missing: [],
      reason: `the upload is done; how far it spreads is not known: ${reason}`,
    };
  }
}
