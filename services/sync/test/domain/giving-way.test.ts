import fc from 'fast-check';
import { expect, test } from 'vitest';
import { givingWay, type Occupant } from '../../src/domain/giving-way.ts';

const occupant = (transfer: string, parts: Partial<Occupant<string>> = {}): Occupant<string> => ({
  ...{ transfer, sourceIss: 'a', place: 0, order: 1, isEnding: false },
  ...parts,
});

test('of the peer that could serve what was put first, the one that was wanted last gives way', () => {
  const running = [occupant('old'), occupant('new', { order: 2 }), occupant('elsewhere', { order: 3, sourceIss: 'b' })];
  expect(givingWay([{ sources: ['a'], place: 1 }], running)).toEqual(['new']);
});

test('one that was put first before gives way to one that was put first since, and not the other way round', () => {
  const running = [occupant('x', { place: 2, order: -2 })];
  expect(givingWay([{ sources: ['a'], place: 3 }], running)).toEqual(['x']);
  expect(givingWay([{ sources: ['a'], place: 1 }], running)).toEqual([]);
});

test('what ends anyway makes room, so that nothing else has to', () => {
  const running = [occupant('ends', { isEnding: true }), occupant('runs')];
  expect(givingWay([{ sources: ['a'], place: 1 }], running)).toEqual([]);
});

test('no more give way than are pressing, none twice, and none of a peer that does not matter', () => {
  const iss = fc.constantFrom('a', 'b', 'c');
  const pressing = fc.array(fc.record({ sources: fc.uniqueArray(iss), place: fc.integer({ min: 1, max: 9 }) }), { maxLength: 5 });
  const running = fc.array(fc.record({ sourceIss: iss, place: fc.nat(9), order: fc.integer(), isEnding: fc.boolean() }), {
    maxLength: 6,
  });
  fc.assert(
    fc.property(pressing, running, (firsts, some) => {
      const occupants = some.map((one, index) => ({ ...one, transfer: index }));
      const chosen = givingWay(firsts, occupants);
      expect(new Set(chosen).size).toBe(chosen.length);
      expect(chosen.length).toBeLessThanOrEqual(firsts.length);
      const isPressing = (iss: string, than: number) =>
        firsts.some(({ sources, place }) => sources.some((one) => one === iss) && place > than);
      for (const index of chosen) {
        expect(occupants[index]?.isEnding).toBe(false);
        expect(isPressing(some[index]?.sourceIss ?? '', some[index]?.place ?? 0)).toBe(true);
      }
    }),
  );
});
