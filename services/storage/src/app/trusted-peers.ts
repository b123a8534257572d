import { startPeriodic, type Timers, warnWith } from '@odst/async';
import { type Clock, errorRow, isOdstError, OdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import type { TrustPort } from './ports.ts';

/**
 * Who is still a peer while bytes are sent under a grant: a grant is good for minutes, and void at once when the trust ends. Disposing
 * ends the watch and no transfer.
 */
export interface TrustedPeers extends AsyncDisposable {
  /**
   * Lets a peer pass. What registration said counts for a second, and for as long as registration cannot be asked.
   * @throws OdstError STORAGE_GRANT_INVALID for a server that is no peer
   */
  assertPeer(peerIss: string): Promise<void>;
  /** Calls `end` once, within some two seconds, when the server is a peer no more. Disposing ends the watch. */
  watch(peerIss: string, end: () => void): Disposable;
}

const askEveryMs = 2_000;
const answerCountsMs = 1_000;

/** Builds the watch. It asks nothing while nobody is watched. */
export function watchTrustedPeers(deps: {
  readonly trust: Pick<TrustPort, 'peersAmong'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly timers?: Timers;
}): TrustedPeers {
  const { trust, clock, logger, timers } = deps;
  /** When each server was last said to be a peer, in milliseconds since 1970. */
  const saidAtMs = new Map<string, number>();
  const watched = new Set<{ readonly peerIss: string; readonly end: () => void }>();

  const ask = async (isses: readonly string[]): Promise<ReadonlySet<string>> => {
    const peers = await trust.peersAmong(isses);
    for (const iss of isses) {
      if (peers.has(iss)) saidAtMs.set(iss, clock.now().getTime());
      else saidAtMs.delete(iss);
    }
    return peers;
  };

  const isPeer = async (iss: string): Promise<boolean> => {
    const saidAt = saidAtMs.get(iss);
    if (saidAt !== undefined && Math.abs(clock.now().getTime() - saidAt) < answerCountsMs) return true;
    try {
      return (await ask([iss])).has(iss);
    } catch (error) {
      // Registration starts anew: transfers under way go on.
      if (saidAt === undefined || !isOdstError(error) || !errorRow(error.code).retryable) throw error;
      return true;
    }
  };

  const look = async () => {
    const isses = [...new Set([...watched].map(({ peerIss }) => peerIss))];
    if (isses.length === 0) return { nextMs: Number.POSITIVE_INFINITY };
    const peers = await ask(isses);
    for (const one of watched) {
      if (peers.has(one.peerIss)) continue;
      watched.delete(one);
      logger.warn({ peer: one.peerIss }, 'bytes to a server that is no peer any more were broken off');
      one.end();
    }
    return { nextMs: askEveryMs };
  };
  const looking = startPeriodic({
    name: 'asking who is still a peer',
    intervalMs: askEveryMs,
    leastGapMs: askEveryMs,
    firstAfterMs: askEveryMs,
    run: look,
    onError: warnWith(logger),
    ...(timers === undefined ? {} : { timers }),
  });

  return {
    async assertPeer(iss) {
      if (await isPeer(iss)) return;
      throw new OdstError('STORAGE_GRANT_INVALID', 'the grant is void: the server that it was given to is no peer any more');
    },
    watch(peerIss, end) {
      const one = { peerIss, end };
      watched.add(one);
      looking.soon();
      return { [Symbol.dispose]: () => void watched.delete(one) };
    },
    [Symbol.asyncDispose]: () => looking[Symbol.asyncDispose](),
  };
}
