import { backoffMs } from '@odst/async';
import type { HeldGroup } from '../domain/held-change.ts';
import { type OfferDeps, offerRecord } from './offer-page.ts';
import type { Chance, PeerStore, Scheduler } from './ports.ts';

/** Between two tries of changes that one reason holds back: 1 to 2 minutes after the first, 15 to 30 minutes after many. */
const pauses = { firstMs: 120_000, mostMs: 1_800_000 } as const;

/**
 * What may have come since ends a pause, but not before so long after the last try: 5 s after the first, up to 5 minutes after many. A peer
 * that has many changes held, each of another signer, and says something new all the time would else have all of them tried all the time.
 */
function leastPauseMs({ failures }: Pause): number {
  return Math.min(5_000 * 2 ** (failures - 1), 300_000);
}

/** Changes read at once. */
const batch = 50;

/** Whoever signs a change decides about all that he signed: one that is still held tells for the others. */
const ofTheSigner: readonly string[] = ['CATALOG_CHANGE_SIGNER_UNKNOWN', 'CATALOG_CHANGE_SIGNER_BLOCKED'];

/** Changes held for other reasons lack different things; so many in a row are tried. */
const mostInARow = 20;

/** What offering again needs. */
export type RetryDeps = OfferDeps & { readonly peers: PeerStore; readonly scheduler: Scheduler; readonly chance: Chance };

/** Offers held changes again, when what they lack may have come. */
export interface HeldRetries {
  /** Something came of these servers: a profile, a setting, the end of a block. */
  arrived(isses: ReadonlySet<string>): void;
  /** Servers said how far they have written. */
  writersStated(): void;
  /**
   * Offers again what is due. A few changes tell for all that one signer's reason holds back, so that many of an unknown signer cost
   * no more than one.
   * @returns milliseconds until more is due; `Infinity` where nothing is
   * @throws OdstError when catalog or the database cannot answer now
   */
  run(peerIsses: readonly string[], signal: AbortSignal): Promise<number>;
}

type Pause = { readonly failures: number; readonly triedMs: number; dueMs: number };

/** Builds it. What it remembers of pauses ends with the process. */
export function createHeldRetries(deps: RetryDeps): HeldRetries {
  const { peers, scheduler, chance } = deps;
  const paused = new Map<string, Pause & { readonly group: HeldGroup }>();
  const nowMs = () => scheduler.now().getTime();

  const putOff = (group: HeldGroup): void => {
    const key = keyOf(group);
    const failures = (paused.get(key)?.failures ?? 0) + 1;
    const triedMs = nowMs();
    paused.set(key, { group, failures, triedMs, dueMs: triedMs + backoffMs(failures, pauses, chance.random()) });
  };

  /** Ends when too many in a row are still held, or when each was offered once. */
  const offerGroup = async (group: HeldGroup, signal: AbortSignal): Promise<void> => {
    const most = ofTheSigner.includes(group.code) ? 1 : mostInARow;
    const offered = new Set<bigint>();
    for (let inARow = 0; ; ) {
      const rows = (await peers.heldToOffer(group, batch)).filter(({ id }) => !offered.has(id));
      if (rows.length === 0) return putOff(group);
      for (const { id, record } of rows) {
        signal.throwIfAborted();
        offered.add(id);
        const still = record === undefined ? [] : await offerRecord(deps, record, group.peerIss, signal);
        await peers.noteOffered(id, still, scheduler.now());
        const isAsBefore = still.some(({ code, signedBy }) => code === group.code && signedBy === group.signedBy);
        inARow = isAsBefore ? inARow + 1 : 0;
        if (inARow >= most) return putOff(group);
      }
    }
  };

  return {
    arrived(isses) {
      for (const pause of paused.values()) {
        const { code, signedBy, peerIss } = pause.group;
        const concerned = isses.has(signedBy) || isses.has(peerIss) || !ofTheSigner.includes(code);
        if (concerned) pause.dueMs = Math.min(pause.dueMs, pause.triedMs + leastPauseMs(pause));
      }
    },
    writersStated() {
      for (const pause of paused.values()) {
        if (pause.group.code !== 'CATALOG_CHANGE_UNWRITTEN') continue;
        pause.dueMs = Math.min(pause.dueMs, pause.triedMs + leastPauseMs(pause));
      }
    },
    async run(peerIsses, signal) {
      const groups = (await peers.heldGroups()).filter((group) => !group.isFinal && peerIsses.includes(group.peerIss));
      const known = new Set(groups.map(keyOf));
      for (const key of paused.keys()) if (!known.has(key)) paused.delete(key);
      for (const group of groups) {
        if ((paused.get(keyOf(group))?.dueMs ?? 0) <= nowMs()) await offerGroup(group, signal);
      }
      const dueMs = Math.min(...groups.map((group) => paused.get(keyOf(group))?.dueMs ?? 0));
      return Math.max(dueMs - nowMs(), 0);
    },
  };
}

function keyOf({ peerIss, code, signedBy }: HeldGroup): string {
  return `${peerIss} ${code} ${signedBy}`;
}
