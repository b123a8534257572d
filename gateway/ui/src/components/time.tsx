import { useEffect, useState } from 'react';
import { texts } from '../texts.ts';
import { durationText, shortTimeText, timeText } from './format.ts';

/** The time now, anew each so many milliseconds while the component is shown. */
export function useNow(everyMs = 30_000): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** A time, short, and in full in its title. @param at ISO 8601 */
export function Time({ at }: { at: string }) {
  const now = useNow();
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
