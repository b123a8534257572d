import { Type } from 'typebox';

/** For whom a request waits. */
export const waitFor = Type.String({
  minLength: 1,
  maxLength: 255,
  description:
    '`all`: all servers that are to hold it; a number: as many of these; else one of these, by its name or ISS ID. What no known server can fulfil is not waited for',
  examples: ['all'],
});
