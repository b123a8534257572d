/** A time as the Admin API writes it: ISO 8601 UTC without zone and fraction, `2017-11-11T03:15:54`. */
export function adminTime(time: Date): string {
  return time.toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length);
}

/** The Unix-seconds twin of {@link adminTime}. */
export function unixSeconds(time: Date): number {
  return Math.floor(time.getTime() / 1_000);
}

/** A span as `8:33:26`; hours count on beyond a day. */
export function clockSpan(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${Math.floor(seconds / 3_600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}
