import { describe, expect, test } from 'vitest';
import { licenceProblems, shippedPackages } from '../checks/licences.ts';

const packageOf = (licence: string) => ({ name: 'some', version: '1.0.0', licence });

describe('a licence', () => {
  test.each(['MIT', 'Apache-2.0', '(MIT OR GPL-3.0-only)', 'Apache-2.0 AND BSD-3-Clause', 'BSD-3-Clause'])(
    '%s passes',
    (licence) => {
      expect(licenceProblems([packageOf(licence)], {})).toEqual([]);
    },
  );

  test.each([
    'GPL-3.0-only',
    'AGPL-3.0-or-later',
    'SSPL-1.0',
    'UNLICENSED',
    'MPL-2.0',
    'MIT AND GPL-2.0-only',
    'SEE LICENSE IN x',
    'mit',
  ])('%s is refused', (licence) => {
    expect(licenceProblems([packageOf(licence)], {})).toEqual([
      expect.stringContaining(`some@1.0.0: has the licence ${licence}`),
    ]);
    // An exception is for those that name none, never for one that was looked up and did not suit.
    expect(licenceProblems([packageOf(licence)], { some: 'MIT' })).toHaveLength(2);
  });

  test('that is not named is looked up by somebody, once', () => {
    expect(licenceProblems([packageOf('')], {})).toEqual([expect.stringContaining('names no licence')]);
    expect(licenceProblems([packageOf('')], { some: 'MIT, by its Readme' })).toEqual([]);
    expect(licenceProblems([packageOf('MIT')], { some: 'MIT, by its Readme' })).toEqual([
      expect.stringContaining('an exception that nothing needs'),
    ]);
  });
});

test('what is shipped is found with what it needs in its turn, and nothing that only tests need', () => {
  const names = shippedPackages().map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['fastify', 'pg', 'pg-protocol', '@grpc/grpc-js']));
  for (const name of ['vitest', 'fast-check', 'typescript', 'testcontainers', '@biomejs/biome'])
    expect(names).not.toContain(name);
});
