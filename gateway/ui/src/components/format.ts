const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'] as const;

// Made once: a table makes hundreds of texts at each step of its scroll bar.
const [whole, oneDecimal] = [0, 1].map(
  (digits) => new Intl.NumberFormat('en', { minimumFractionDigits: digits, maximumFractionDigits: digits }),
) as [Intl.NumberFormat, Intl.NumberFormat];

/** A size as the Admin API writes it: powers of 1024, one decimal. @param bytes 0 or more */
export function sizeText(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1);
  const value = bytes / 1024 ** power;
  const digits = power === 0 || value >= 99.95 ? whole : oneDecimal;
  return `${digits.format(value)} ${units[power]}`;
}

/** How fast. @param bytesPerSecond 0 or more */
export const rateText = (bytesPerSecond: number): string => `${sizeText(bytesPerSecond)}/s`;

/** How long, in the two largest units that matter. @param seconds 0 or more */
export function durationText(seconds: number): string {
  const all = Math.round(seconds);
  if (all < 60) return `${all} s`;
  const minutes = Math.floor(all / 60);
  if (minutes < 10) return all % 60 === 0 ? `${minutes} min` : `${minutes} min ${all % 60} s`;
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} days`;
}

/** The first and last digits of a digest: enough to tell two apart by eye. */
export const shortDigest = (digest: string): string => `${digest.slice(0, 6)}…${digest.slice(-4)}`;

const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const dayOfYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });

/** A time in full, as in a title. */
export const timeText = (at: Date): string => full.format(at);

/** A time as short as it can be told: today's by the clock, this year's by the day. */
export function shortTimeText(at: Date, now: Date): string {
  if (at.toDateString() === now.toDateString()) return clock.format(at);
  return at.getFullYear() === now.getFullYear() ? `${day.format(at)}, ${clock.format(at)}` : dayOfYear.format(at);
}

/** Who did it, out of `account:admin`, `token:admin/ci` or `machine`. */
export function actorText(actor: string): string {
  // The name of a token may have any sign; that of an account has neither of the two that part them.
  const [, kind, name = ''] = /^(\w+):(.*)$/s.exec(actor) ?? [];
  if (kind === 'account') return name;
  return kind === 'token' ? `${name.slice(name.indexOf('/') + 1)} (token)` : actor;
}
