import { serviceMetadata } from '@odst/event-store';
import { isOdstError } from '@odst/kernel';
import { type Comparison, noComparison } from '../domain/comparison.ts';
import { peerStream } from '../domain/peer-session.ts';
import { type CompareDeps, compareWithPeer, type ReaderPart } from './compare-with-peer.ts';
import type { Chance, PeerStore } from './ports.ts';
import type { Streams } from './streams.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Who met just now has much to read first. */
const leastFirstMs = 300_000;

/** A start of many servers at once begins no comparison of all of them at once. */
const startWithinMs = 600_000;

/** A peer can have this server compare at most so often. */
const leastHintedGapMs = 600_000;
const hintedWithinMs = 30_000;

/** Whatever a peer answers, a comparison ends. */
const longestMs = 15 * 60_000;

/** What a comparer needs. */
export type ComparerDeps = CompareDeps & {
  readonly peers: Pick<PeerStore, 'noteComparison'>;
  readonly streams: Pick<Streams, 'sessions'>;
  readonly chance: Chance;
};

/** Says when this server compares what it has with a peer, and keeps what came of it. */
export interface PeerComparer {
  /** The last comparison; undefined before the first. */
  readonly last: Comparison | undefined;
  /** Whether one is under way, or asked for. */
  readonly isComparing: boolean;
  /** Whether one is to begin. */
  readonly isDue: boolean;
  /** What was kept of the last one, by an earlier process. */
  remember(last: Comparison | undefined): void;
  /** Asks for one, for an admin. @returns what comes of it; undefined where it is given up */
  ask(): Promise<Comparison | undefined>;
  /** The peer says that this server lacks something. */
  hint(): void;
  /** Compares. What fails is kept, and tried again later; it is no error of the connection. @throws the reason of the signal alone */
  run(reader: ReaderPart, signal: AbortSignal): Promise<void>;
  /** The peer cannot be asked. */
  cannot(reason: string): void;
  /** Gives up what is asked for. */
  end(): void;
}

/** Builds the comparer of a peer: each day, an hour after what failed, and when it is asked. */
export function createPeerComparer(deps: ComparerDeps, peerIss: string): PeerComparer {
  const { scheduler, chance } = deps;
  const nowMs = () => scheduler.now().getTime();
  const around = (ms: number) => ms * (0.9 + 0.2 * chance.random());
  let last: Comparison | undefined;
  let dueMs = nowMs() + leastFirstMs + (hourMs - leastFirstMs) * chance.random();
  let asked: PromiseWithResolvers<Comparison | undefined> | undefined;
  let isRunning = false;
  let isHinted = false;
  /** Whether the stream of the peer may say that something differs. */
  let mayDiffer = false;

  const answer = (comparison: Comparison | undefined): void => {
    asked?.resolve(comparison);
    asked = undefined;
  };
  const note = async (comparison: Comparison): Promise<void> => {
    await keep(deps, peerIss, comparison, mayDiffer);
    if (comparison.reason === '') mayDiffer = comparison.differed > 0;
    last = comparison;
    dueMs = nowMs() + around(comparison.outcome === 'failed' ? hourMs : dayMs);
  };

  return {
    get last() {
      return last;
    },
    get isComparing() {
      return isRunning || asked !== undefined;
    },
    get isDue() {
      return asked !== undefined || nowMs() >= dueMs;
    },
    remember(kept) {
      last ??= kept;
      if (kept === undefined) return;
      mayDiffer = kept.differed > 0 || kept.reason !== '';
      // What was kept while the clock was far ahead would put off the next one until then.
      dueMs = Math.max(Math.min(kept.comparedAt.getTime(), nowMs()) + around(dayMs), nowMs() + startWithinMs * chance.random());
    },
    ask() {
      asked ??= Promise.withResolvers();
      return asked.promise;
    },
    hint() {
      isHinted = true;
      const earliestMs = Math.min(last?.comparedAt.getTime() ?? 0, nowMs()) + leastHintedGapMs;
      dueMs = Math.min(dueMs, Math.max(earliestMs, nowMs() + hintedWithinMs * chance.random()));
    },
    async run(reader, signal) {
      const [waiting, wasHinted] = [asked, isHinted];
      isRunning = true;
      isHinted = false;
      try {
        const comparison = await limited(deps, peerIss, reader, signal);
        await note(comparison);
        // Where a peer asked for it, telling it would have both ask each other for ever.
        if (comparison.lacking > 0 && !wasHinted) await tell(deps, peerIss, signal);
        if (asked === waiting) answer(comparison);
      } finally {
        isRunning = false;
      }
    },
    cannot(reason) {
      if (asked === undefined && last?.outcome === 'unsupported') return;
      last = noComparison('unsupported', reason, scheduler.now());
      answer(last);
    },
    end: () => answer(undefined),
  };
}

/** Writes a comparison down. @param mayDiffer whether the stream of the peer may say that something differs */
async function keep(deps: ComparerDeps, peerIss: string, comparison: Comparison, mayDiffer: boolean): Promise<void> {
  const { streams, peers, chance, logger } = deps;
  const { outcome, packages, differed, repaired, heldBack, lacking, unexplained, reason } = comparison;
  const facts = { peer: peerIss, outcome, packages, differed, repaired, heldBack, lacking, unexplained, reason };
  logger[differed > 0 ? 'warn' : 'info'](facts, 'compared what a peer has with what this server has');
  if (differed > 0 || mayDiffer) {
    await streams.sessions.run({
      stream: peerStream(peerIss),
      command: () => ({ type: 'NoteComparison', peerIss, comparison }),
      metadata: serviceMetadata('sync', chance.uuid()),
    });
  }
  await peers.noteComparison(peerIss, comparison);
}

async function tell({ servers, logger }: ComparerDeps, peerIss: string, signal: AbortSignal): Promise<void> {
  try {
    await servers.askToCompare(peerIss, signal);
  } catch (error) {
    // It finds the difference by its own next comparison.
    logger.debug({ peer: peerIss, err: error }, 'a peer could not be told that it lacks something');
  }
}

/** A comparison that ends, with what was wrong where it failed. */
async function limited(deps: ComparerDeps, peerIss: string, reader: ReaderPart, signal: AbortSignal): Promise<Comparison> {
  const { scheduler } = deps;
  const over = new AbortController();
  using _limit = scheduler.after(longestMs, () => over.abort());
  try {
    return await compareWithPeer(deps, peerIss, reader, AbortSignal.any([signal, over.signal]));
  } catch (error) {
    signal.throwIfAborted();
    const now = scheduler.now();
    if (over.signal.aborted) return noComparison('failed', 'the peer took more than 15 minutes for it', now);
    if (!isOdstError(error)) throw error;
    if (error.details['remoteStatus'] !== 404) return noComparison('failed', error.message, now);
    return noComparison(
      'unsupported',
      'the peer runs a version that compares nothing; nothing is wrong with the connection',
      now,
    );
  }
}
