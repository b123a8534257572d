import type { Clock } from '@odst/kernel';
import { beingRetried, notFirst } from '../dead-letters/conflicts.ts';
import type { DeadLetter, DeadLetterState, DeadLetters } from '../dead-letters/dead-letters.ts';
import { checkSkipReason } from '../dead-letters/skip-reason.ts';
import type { BusMessage } from '../event-bus.ts';
import type { Inbox } from '../inbox.ts';

type Lane = Pick<DeadLetter, 'consumer' | 'topic' | 'key'>;

/**
 * Builds dead letters that live as long as the process.
 * @param deps.inbox of the same consumers
 * @param deps.takenForMs default 60,000
 */
export function createMemoryDeadLetters(deps: {
  readonly clock: Clock;
  readonly inbox: Pick<Inbox, 'markDone'>;
  readonly takenForMs?: number;
}): DeadLetters {
  const { clock, inbox, takenForMs = 60_000 } = deps;
  const letters: DeadLetter[] = [];
  const taken = createTaken(clock, takenForMs);

  const parked = (lane: Lane): readonly DeadLetter[] =>
    letters
      .filter(({ state }) => state !== 'skipped')
      .filter(({ consumer, topic, key }) => consumer === lane.consumer && topic === lane.topic && key === lane.key)
      .sort((a, b) => Number(a.position - b.position));
  const change = (id: number, changed: Partial<DeadLetter>): void => {
    const index = letters.findIndex((letter) => letter.id === id);
    const letter = letters[index];
    if (letter !== undefined) letters[index] = { ...letter, ...changed };
    taken.free(id);
  };
  let lastId = 0;
  const keep = (consumer: string, message: BusMessage, rest: Pick<DeadLetter, 'state' | 'tries' | 'error'>): void => {
    const known = letters.some(
      (letter) => letter.consumer === consumer && letter.topic === message.topic && letter.position === message.position,
    );
    if (known) return;
    lastId += 1;
    letters.push({ id: lastId, consumer, ...message, ...rest, parkedAt: clock.now() });
  };

  return {
    takenForMs,
    park: async (consumer, message, failure) => keep(consumer, message, { state: 'failed', ...failure }),
    async parkBehind(consumer, message) {
      if (parked({ consumer, ...message }).length === 0) return false;
      keep(consumer, message, { state: 'waiting', tries: 0, error: '' });
      return true;
    },
    list: async ({ consumer, state, after = 0, limit = 100 } = {}) =>
      letters
        .filter((letter) => letter.id > after && (consumer === undefined || letter.consumer === consumer))
        .filter((letter) => isOf(letter, state))
        .slice(0, limit),
    async parked({ after = 0, limit = 100 } = {}) {
      const first = letters.filter((letter) => parked(letter)[0]?.id === letter.id && letter.id > after);
      return first.slice(0, limit).map((letter) => ({ first: letter, waiting: parked(letter).length - 1 }));
    },
    count: async () => letters.filter((letter) => isOf(letter, undefined)).length,
    countBehind: async (letter) => parked(letter).filter(({ position }) => position > letter.position).length,
    find: async (id) => letters.find((letter) => letter.id === id),
    lastId: async () => lastId,
    async take(letter) {
      const [first] = parked(letter);
      if (first === undefined) return undefined;
      if (taken.has(first.id)) throw beingRetried(first);
      taken.take(first.id);
      return first;
    },
    renew: async ({ id }) => taken.renew(id),
    async settle({ id }) {
      const index = letters.findIndex((letter) => letter.id === id);
      if (index !== -1) letters.splice(index, 1);
      taken.free(id);
    },
    putBack: async ({ id }, failure) => change(id, { state: 'failed', ...failure }),
    async skip(letter, { by, reason }) {
      checkSkipReason(reason);
      const [first] = parked(letter);
      if (first?.id !== letter.id) throw notFirst(letter);
      if (taken.has(first.id)) throw beingRetried(letter);
      await inbox.markDone(letter.consumer, letter);
      change(letter.id, { state: 'skipped', skipped: { by, reason, at: clock.now() } });
    },
  };
}

function isOf(letter: DeadLetter, state: DeadLetterState | undefined): boolean {
  return state === undefined ? letter.state !== 'skipped' : letter.state === state;
}

/** The ids of the letters that somebody retries, each until its time is over. */
function createTaken(clock: Clock, takenForMs: number) {
  const untilMs = new Map<number, number>();
  const nowMs = (): number => clock.now().getTime();
  return {
    has: (id: number): boolean => (untilMs.get(id) ?? 0) > nowMs(),
    take: (id: number): void => void untilMs.set(id, nowMs() + takenForMs),
    renew: (id: number): void => {
      if (untilMs.has(id)) untilMs.set(id, nowMs() + takenForMs);
    },
    free: (id: number): void => void untilMs.delete(id),
  };
}
