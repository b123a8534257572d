import { expect, test } from 'vitest';
import { readPasted } from '../src/features/network/pasted-identity.ts';

const iss = '0123456789abcdef0123456789abcdef';
const key = 'AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=';
const all = { url: 'https://ods.example.org', iss, key };

test.each([
  ['what "Copy all" gives', JSON.stringify({ ...all, name: 'Berlin' })],
  ['the answer of the Admin API', JSON.stringify({ firewalled_mode: false, iss_id: iss, key, stage: 'Prod', url: all.url })],
  ['lines of a mail', `URL: ${all.url}\nISS ID:  ${iss.toUpperCase()}\nKey = ${key}\n`],
])('reads %s', (_what, text) => expect(readPasted(text)).toEqual(all));

test('leaves out what is not there', () => {
  expect(readPasted('hello')).toEqual({});
  expect(readPasted(`only ${iss}`)).toEqual({ iss });
});
