import { randomInt, randomUUID } from 'node:crypto';
import type { Clock } from '@odst/kernel';
import type { Chance, Scheduler } from '../app/ports.ts';

/** Builds timers of this process on the given clock. */
export function createSystemScheduler(clock: Clock): Scheduler {
  return {
    now: () => clock.now(),
    after(delayMs, call) {
      const timer = setTimeout(call, delayMs);
      return { [Symbol.dispose]: () => clearTimeout(timer) };
    },
  };
}

/** Chance from the operating system. */
export const systemChance: Chance = {
  random: () => randomInt(2 ** 32) / 2 ** 32,
  uuid: () => randomUUID(),
};
