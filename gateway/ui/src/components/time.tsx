import { systemTimers } from '@odst/async/timers';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { createSignal } from '../api/signal.ts';
import { texts } from '../texts.ts';
import { durationText, shortTimeText, timeText } from './format.ts';

/** Times are told by the minute, and by the day. */
const tickMs = 30_000;

/** The time now, one for the whole page: hundreds of rows do not wait each for themselves. */
const clock = createClock();

function createClock() {
  const ticked = createSignal();
  let now = new Date();
  const tick = () => {
    now = new Date();
    ticked.tell();
    systemTimers.after(tickMs, tick);
  };
  systemTimers.after(tickMs, tick);
  return { get: () => now, listen: ticked.listen };
}

/** The time now, anew each so many milliseconds while the component is shown. */
export function useNow(everyMs: number): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** The time now, as times are told by it: of today's the clock, so that yesterday's are told anew at midnight. */
export const useClock = (): Date => useSyncExternalStore(clock.listen, clock.get);

/** A time, short, and in full in its title. @param at ISO 8601 */
export function Time({ at }: { at: string }) {
  const now = useClock();
  const date = new Date(at);
  return (
    <time dateTime={at} title={timeText(date)}>
      {shortTimeText(date, now)}
    </time>
  );
}

/** How long it is to a time, counted down; "now" when it has come. @param to ISO 8601 */
export function Countdown({ to }: { to: string }) {
  const now = useNow(1_000);
  const date = new Date(to);
  const seconds = Math.ceil((date.getTime() - now.getTime()) / 1_000);
  return (
    <time dateTime={to} title={timeText(date)}>
      {seconds > 0 ? texts.inTime(durationText(seconds)) : texts.now}
    </time>
  );
}
