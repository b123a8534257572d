import { backoffMs, createKeyedLock } from '@odst/async';
import { SignedProfile as ProfileMessage } from '@odst/contracts/registration';
import { type Clock, isOdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import type { Directory, KnownPeer } from './directory.ts';
import type { PeerCalls } from './peer-calls.ts';
import type { ProfilePush, ProfilePushes, Random } from './ports.ts';
import { ownEntryTarget } from './unregister-peer.ts';

/**
 * Tells each peer that does not know it yet this server's present profile. One peer never waits for another; who
 * cannot be told is tried again after a second, then ever later up to five minutes, for ever.
 * @returns milliseconds until the next try that is due; undefined when everybody is told
 */
export type PushProfile = () => Promise<number | undefined>;

const timeoutMs = 10_000;
const pausesBetweenTries = { firstMs: 1_000, mostMs: 5 * 60_000 };

export type PushProfileDeps = {
  readonly directory: Directory;
  readonly calls: PeerCalls;
  readonly pushes: ProfilePushes;
  readonly random: Random;
  readonly clock: Clock;
  readonly logger: Logger;
};

/** Builds the use case. */
export function createPushProfile(deps: PushProfileDeps): PushProfile {
  const { directory, calls, pushes, random, clock, logger } = deps;

  /** Why the peer did not take it; undefined when it did. */
  const tell = async (peer: KnownPeer): Promise<string | undefined> => {
    try {
      const { status } = await calls.call(peer, {
        method: 'PUT',
        target: ownEntryTarget,
        json: ProfileMessage.toJSON(directory.server().profile),
        limits: { wholeMs: timeoutMs },
      });
      return status === 204 ? undefined : `status ${status}`;
    } catch (error) {
      if (!isOdstError(error)) throw error;
      return error.message;
    }
  };

  /** One push to a peer at a time, so that an older profile never arrives after a newer one. */
  const lock = createKeyedLock();
  const inTurn = (peer: KnownPeer): Promise<number | undefined> => lock.run(peer.iss, () => push(peer));

  const push = async (peer: KnownPeer): Promise<number | undefined> => {
    const { iss } = peer;
    const toldStamp = directory.server().profile.stamp;
    const known: ProfilePush = (await pushes.find(iss)) ?? { iss, toldStamp: 0n, failures: 0, nextTryAtMs: 0 };
    if (known.toldStamp === toldStamp) return undefined;
    const waitMs = known.nextTryAtMs - clock.now().getTime();
    if (waitMs > 0) return waitMs;

    const reason = await tell(peer);
    if (reason === undefined) {
      await pushes.save({ iss, toldStamp, failures: 0, nextTryAtMs: 0 });
      return undefined;
    }
    const pauseMs = backoffMs(known.failures + 1, pausesBetweenTries, random.fraction());
    await pushes.save({ ...known, failures: known.failures + 1, nextTryAtMs: clock.now().getTime() + pauseMs });
    logger.warn({ peer: iss, reason, failures: known.failures + 1 }, 'a peer does not know the new settings yet');
    return pauseMs;
  };

  return async () => {
    await directory.catchUp();
    const reachable = directory.peers().filter((peer) => !peer.profile.firewalledMode);
    const pauses = await Promise.all(reachable.map(inTurn));
    const due = pauses.filter((pause) => pause !== undefined);
    return due.length === 0 ? undefined : Math.min(...due);
  };
}
