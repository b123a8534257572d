const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const day = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const longDay = '(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)';
const month = `(?<month>${months.join('|')})`;
const time = '(?<hour>[01]\\d|2[0-3]):(?<minute>[0-5]\\d):(?<second>[0-5]\\d|60)';

/** The three forms of RFC 9110 §5.6.7, which are the only ones: others are as good as no date. */
const forms = [
  new RegExp(`^${day}, (?<date>\\d\\d) ${month} (?<year>\\d{4}) ${time} GMT$`),
  new RegExp(`^${longDay}, (?<date>\\d\\d)-${month}-(?<year>\\d\\d) ${time} GMT$`),
  new RegExp(`^${day} ${month} {1,2}(?<date>\\d?\\d) ${time} (?<year>\\d{4})$`),
];

/**
 * Reads a date of HTTP in any of its three forms, in milliseconds since 1970.
 * @param now tells the century of years of two digits: none is more than 50 years ahead
 * @returns undefined for anything else; a header with such a value counts as none
 */
export function parseHttpDate(value: string | undefined, now: Date): number | undefined {
  const parts = forms.map((form) => form.exec(value ?? '')?.groups).find((groups) => groups !== undefined);
  if (parts === undefined) return undefined;
  const number = (name: string) => Number(parts[name]);
  const date = new Date(0);
  const year = parts['year']?.length === 2 ? fullYear(number('year'), now) : number('year');
  date.setUTCFullYear(year, months.indexOf(parts['month'] ?? ''), number('date'));
  // The 30th of February has become another day.
  if (date.getUTCDate() !== number('date')) return undefined;
  return date.setUTCHours(number('hour'), number('minute'), number('second'));
}

function fullYear(lastDigits: number, now: Date): number {
  const thisYear = now.getUTCFullYear();
  const year = thisYear - (thisYear % 100) + lastDigits;
  if (year > thisYear + 50) return year - 100;
  return year <= thisYear - 50 ? year + 100 : year;
}
