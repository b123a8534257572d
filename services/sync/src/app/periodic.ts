import { type PeriodicOptions, warnWith } from '@odst/async';
import type { Logger } from '@odst/telemetry';
import { retryPauses } from '../domain/transfer.ts';
import type { Chance, Scheduler } from './ports.ts';

/** What periodic work of sync needs. */
export type PeriodicDeps = { readonly scheduler: Scheduler; readonly chance: Chance; readonly logger: Logger };

/** What all periodic work of sync has in common: the scheduler's time, and the pauses between tries that peers get too. */
export function periodicOptions({
  scheduler,
  chance,
  logger,
}: PeriodicDeps): Pick<PeriodicOptions, 'timers' | 'random' | 'backoff' | 'onError'> {
  return { timers: scheduler, random: () => chance.random(), backoff: retryPauses, onError: warnWith(logger) };
}
