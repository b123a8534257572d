export { type AutoResetEvent, createAutoResetEvent } from './auto-reset-event.ts';
export { type Backoff, createBackoff } from './backoff.ts';
export { type BackoffLimits, backoffMs } from './backoff-ms.ts';
export {
  type NextRun,
  type PeriodicFailure,
  type PeriodicOptions,
  type PeriodicWork,
  startPeriodic,
  warnWith,
} from './periodic.ts';
export { createKeyedLock, createSemaphore, type KeyedLock, type Semaphore } from './semaphore.ts';
export { backgroundTimers, pause, type SilenceLimit, startSilenceLimit, systemTimers, type Timers } from './timers.ts';
export { settlesWithin, type WithinOptions, within } from './within.ts';
