import { describe, expect, test } from 'vitest';
import { type Proposed, StandInDatabase } from './stand-in-database.ts';

const events = (...ids: string[]): Proposed[] =>
  ids.map((id) => ({ id, type: 'T', contentType: 'application/json', data: new Uint8Array(), metadata: new Uint8Array() }));

describe('the stand-in keeps the rules that EventStoreDB documents for appends', () => {
  test('an expected revision other than the present one is refused, with the present one', () => {
    const database = new StandInDatabase();
    expect(database.append('s', 0, events('a'))).toMatchObject({ kind: 'wrong', revision: -1 });
    expect(database.append('s', 'stream exists', events('a'))).toMatchObject({ kind: 'wrong', revision: -1 });
    expect(database.append('s', 'no stream', events('a', 'b'))).toMatchObject({ kind: 'written', revision: 1 });
    expect(database.append('s', 'no stream', events('c'))).toMatchObject({ kind: 'wrong', revision: 1 });
    expect(database.append('s', 0, events('c'))).toMatchObject({ kind: 'wrong', revision: 1 });
    expect(database.append('s', 2, events('c'))).toMatchObject({ kind: 'wrong', revision: 1 });
    expect(database.append('s', 1, events('c'))).toMatchObject({ kind: 'written', revision: 2 });
    expect(database.all().map(({ id, revision, commit }) => [id, revision, commit])).toEqual([
      ['a', 0, 0],
      ['b', 1, 1],
      ['c', 2, 2],
    ]);
  });

  test('the same events at the same expected revision are the same write, also when others followed', () => {
    const database = new StandInDatabase();
    database.append('s', 'no stream', events('a', 'b', 'c'));
    expect(database.append('s', 'no stream', events('a', 'b', 'c'))).toMatchObject({ kind: 'written', revision: 2 });
    expect(database.append('s', 0, events('b'))).toMatchObject({ kind: 'written', revision: 1 });
    expect(database.append('s', 'any', events('b', 'c'))).toMatchObject({ kind: 'written', revision: 2 });
    expect(database.all()).toHaveLength(3);
  });

  test('a write of which only a part is there is refused', () => {
    const database = new StandInDatabase();
    database.append('s', 'no stream', events('a', 'b'));
    expect(database.append('s', 0, events('b', 'c'))).toMatchObject({ kind: 'wrong', revision: 1 });
    expect(database.append('s', 'any', events('b', 'c'))).toMatchObject({ kind: 'wrong', revision: 1 });
    expect(database.append('t', 'any', events('a'))).toMatchObject({ kind: 'written', revision: 0 });
    expect(database.all()).toHaveLength(3);
  });
});
