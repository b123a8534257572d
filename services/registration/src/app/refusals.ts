import { type Clock, errorRow, isOdstError } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import { networkOf } from '../domain/network-address.ts';
import type { Directory } from './directory.ts';
import { logRefusals } from './log-refusals.ts';
import type { CountedRefusal, Refusal, RefusalRows } from './ports.ts';

const minuteMs = 60_000;
/** Rows of one minute that tell actors and networks apart; what is refused beyond them is counted together. */
const mostOfMinute = 100;
const [mostKept, keptMs] = [10_000, 90 * 24 * 60 * minuteMs];
const longestText = 200;

/** What somebody tried. */
export type Attempt = Omit<Refusal, 'code' | 'actor'> & {
  /** As it was given: names of no account are logged, and not kept. */
  readonly username: string;
  /** Where it is known. Default that of the account of the name, if there is one */
  readonly actor?: string | undefined;
};

/** What was refused, for the audit: bounded, whoever refuses to stop. */
export interface Refusals {
  /** Runs `work`. What it refuses is logged and noted. */
  watch<T>(attempt: () => Attempt, work: () => Promise<T>): Promise<T>;
  /** Notes one. */
  note(refusal: Refusal): void;
  /** Writes what was noted. It is lost where the process ends before. @throws OdstError COMMON_DATABASE_UNAVAILABLE */
  flush(): Promise<void>;
  /** As of the rows, with what was noted here. */
  list: RefusalRows['list'];
  /** Removes all but the 10,000 newest of 90 days. */
  forgetOld(): Promise<void>;
}

/** Builds it. Refusals are counted in memory and written now and then: a flood of guesses is no flood of rows. */
export function createRefusals(deps: {
  readonly rows: RefusalRows;
  readonly directory: Pick<Directory, 'account'>;
  readonly clock: Clock;
  readonly logger: Logger;
}): Refusals {
  const { rows, directory, clock, logger } = deps;
  const counted = createCounts();

  const note = (refusal: Refusal) => counted.add(refusal, clock.now());
  const flush = () => counted.take((batch) => rows.add(batch));
  return {
    note,
    flush,
    async watch(attempt, work) {
      const shown = () => {
        const { username, remoteAddress, method, path, action } = attempt();
        return { username: username.slice(0, 100), remoteAddress, method, path, action };
      };
      try {
        return await logRefusals(logger, shown, work);
      } catch (error) {
        if (isOdstError(error) && errorRow(error.code).http < 500) {
          const { username, actor, ...what } = attempt();
          const known = directory.account(username) === undefined ? '' : `account:${username}`;
          note({ ...what, actor: actor ?? known, code: error.code });
        }
        throw error;
      }
    },
    async list(query) {
      await flush();
      return rows.list(query);
    },
    forgetOld: () => rows.forget({ since: new Date(clock.now().getTime() - keptMs), most: mostKept }),
  };
}

/** Counts of what was not written yet. */
function createCounts() {
  let waiting = new Map<string, CountedRefusal>();
  let told = { minuteMs: 0, keys: new Set<string>() };

  /** Whether a minute has room for one more that is told from others. */
  const isTold = (key: string, minute: number): boolean => {
    if (told.minuteMs !== minute) told = { minuteMs: minute, keys: new Set() };
    if (told.keys.size < mostOfMinute) told.keys.add(key);
    return told.keys.has(key);
  };

  const merge = (refusal: CountedRefusal) => {
    const { minute, actor, network, code, action } = refusal;
    const key = JSON.stringify([minute, actor, network, code, action]);
    const before = waiting.get(key);
    const count = refusal.count + (before?.count ?? 0);
    waiting.set(key, { ...(before ?? refusal), count, lastAt: refusal.lastAt });
  };

  return {
    add({ actor, remoteAddress, code, action, method, path }: Refusal, now: Date): void {
      const minute = Math.floor(now.getTime() / minuteMs) * minuteMs;
      const network = networkOf(remoteAddress);
      const apart = isTold(JSON.stringify([actor, network, code, action]), minute);
      const who = apart ? { actor, network, remoteAddress, action } : { actor: '', network: '', remoteAddress: '', action: '' };
      const what = { code, method: method.slice(0, longestText), path: path.slice(0, longestText) };
      merge({ ...who, ...what, minute: new Date(minute), count: 1, firstAt: now, lastAt: now });
    },
    /** Gives what waits to be written; it waits on where that fails. */
    async take(write: (batch: readonly CountedRefusal[]) => Promise<void>): Promise<void> {
      if (waiting.size === 0) return;
      const batch = [...waiting.values()];
      waiting = new Map();
      try {
        await write(batch);
      } catch (error) {
        for (const refusal of batch) merge(refusal);
        throw error;
      }
    },
  };
}
