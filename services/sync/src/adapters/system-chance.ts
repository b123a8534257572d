import { randomInt, randomUUID } from 'node:crypto';
import type { Chance } from '../app/ports.ts';

/** Chance from the operating system. */
export const systemChance: Chance = {
  random: () => randomInt(2 ** 32) / 2 ** 32,
  uuid: () => randomUUID(),
};
