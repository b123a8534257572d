import { useEffect, useState } from 'react';
import { shortTimeText, timeText } from './format.ts';

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
