import { expect, test } from 'vitest';
import { auditSearch } from '../src/features/admin/admin-search.ts';
import { coverageSearch, networkSearch } from '../src/features/network/network-search.ts';
import { packagesQueryOf, packagesSearch, toggled } from '../src/features/packages/packages-search.ts';
import { transfersSearch } from '../src/features/transfers/transfers-search.ts';

/** As the router does it: what a page does not name stays as the address has it. */
const shown = (read: (search: Record<string, unknown>) => object, address: Record<string, unknown>) => ({
  ...address,
  ...read(address),
});

test.each([
  ['packages', packagesSearch, { show: 'rubbish', sort: 'size', q: ['a'] }],
  ['transfers', transfersSearch, { state: 'done', peer: 'oslo' }],
  ['network', networkSearch, { view: 'tree' }],
  ['coverage', coverageSearch, { stage: 'Beta', one: 'oslo', other: 7 }],
] as const)(
  'rubbish in the address of %s filters nothing, and asks the server for nothing that it refuses',
  (_page, read, rubbish) => {
    expect(Object.values(shown(read, { ...rubbish })).filter((value) => value !== undefined)).toEqual([]);
  },
);

test('a number in an address is a word that is sought', () => {
  expect(packagesSearch({ q: 120 }).q).toBe('120');
  expect(auditSearch({ q: 120 }).q).toBe('120');
});

test('filters of packages stand together in the address, each once, but for those that exclude each other', () => {
  const { show } = packagesSearch({ show: 'conflict,rubbish,behind,Test,conflict,Prod' });
  expect(show).toBe('Test,behind,conflict');
  expect(packagesQueryOf({ show })).toEqual({ sort: 'changed', stage: 'Test', behind: 'true', conflict: 'true' });
  expect(toggled(show, 'Prod')).toBe('Prod,behind,conflict');
  expect(toggled(show, 'behind')).toBe('Test,conflict');
  expect(toggled('deleted', 'downloading')).toBe('downloading');
  expect(toggled('behind', 'behind')).toBeUndefined();
  expect(toggled(show, undefined)).toBeUndefined();
});
