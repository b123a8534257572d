import { describe, expect, test } from 'vitest';
import { cellOf } from '../src/features/network/coverage-cells.ts';
import { linksOf, placesOf } from '../src/features/network/mesh-layout.ts';
import { asHeard, type KnownServer, lastHeardAt, stateOf } from '../src/features/network/server-state.ts';

const at = '2026-11-29T09:12:00.000Z';
const server = { iss: 'oslo', relation: 'peer', blocked: false, retired: false } as const;
const site = { iss: 'oslo', name: 'Oslo', isHeard: true, heardAt: at, held: 5, of: 5, lacksBytes: 0 };
const peer: NonNullable<KnownServer['peer']> = {
  ...{ iss: 'oslo', state: 'online' as const, paused: false, heldBack: 0, inStep: true, queuedTransfers: 0 },
  ...{ lastAnswerAt: at, rateBytesPerSecond: 0, heldBackReasons: [] },
};

const shown = (known: Partial<KnownServer>) => {
  const { tone, text } = stateOf({ server, peer, site, ...known });
  return `${tone}: ${text}`;
};

describe('the state of a server', () => {
  test('is green only where it answers, was read to its end, and says that it holds everything', () => {
    expect(shown({})).toBe('green: In step');
    expect(shown({ peer: { ...peer, inStep: false } })).toBe('blue: Reading its changes');
    expect(shown({ site: { ...site, held: 3 } })).toBe('amber: Lacks 2 packages');
    expect(shown({ site: { ...site, isHeard: false, heardAt: null } })).toBe('grey: Has not said yet');
    expect(shown({ site: undefined })).toBe('grey: Not known yet');
    expect(shown({ peer: { ...peer, queuedTransfers: 1 } })).toBe('blue: Fetching 1 package');
  });

  test('is amber while it is tried again, whatever it said before, and grey where nothing is known', () => {
    expect(shown({ peer: { ...peer, state: 'offline', heldBack: 2 } })).toBe('amber: Retrying');
    expect(shown({ peer: { ...peer, state: 'unknown' } })).toBe('grey: Not asked yet');
    expect(shown({ peer: { ...peer, heldBack: 1 } })).toBe('amber: 1 change held back');
    expect(shown({ peer: { ...peer, paused: true } })).toBe('amber: Paused');
    expect(shown({ server: { ...server, blocked: true } })).toBe('grey: Blocked');
  });

  test('is red, as in Activity, where it has changes that are refused for good: these need a person, also while it is away', () => {
    const waits = { isFinal: false, count: 2 };
    expect(shown({ peer: { ...peer, heldBack: 2, heldBackReasons: [waits] } })).toBe('amber: 2 changes held back');
    const refusing = { ...peer, heldBack: 3, heldBackReasons: [waits, { isFinal: true, count: 1 }] };
    expect(shown({ peer: refusing })).toBe('red: 1 change refused for good');
    expect(shown({ peer: { ...refusing, state: 'offline' } })).toBe('red: 1 change refused for good');
  });

  test('of one that is known over others is what it said that it holds, as long as it is heard of', () => {
    const introduced = { server: { ...server, relation: 'introduced' }, peer: undefined } as const;
    expect(shown(introduced)).toBe('green: Holds everything');
    expect(shown({ ...introduced, site: { ...site, held: 4 } })).toBe('amber: Lacks 1 package');
    const silent = { ...introduced, site: { ...site, isHeard: false } };
    expect(stateOf(silent)).toEqual({ tone: 'grey', text: 'Not heard since', silentSince: at });
    expect(shown({ ...introduced, site: undefined })).toBe('grey: Not asked yet');
  });

  test('says nothing of what it holds any more once it does not answer, unless others hear of it', () => {
    const isHeard = (state: 'online' | 'offline', heardAt: string) => asHeard({ ...site, heardAt }, { ...peer, state }).isHeard;
    expect([isHeard('online', at), isHeard('offline', at), isHeard('offline', '2026-11-29T09:14:00.000Z')]).toEqual([
      true,
      false,
      true,
    ]);
  });

  test('was heard of when it answered here, or later over others', () => {
    const later = '2026-11-29T09:13:00.000Z';
    expect(lastHeardAt({ peer, site: { ...site, heardAt: later } })).toBe(later);
    expect(lastHeardAt({ peer: undefined, site: undefined })).toBeNull();
  });
});

test('a package is green at a site only where that was heard of and does not lack it', () => {
  const head = { stage: 'Test', lackedBy: ['oslo'] } as const;
  const cell = (change: object) => cellOf(head, { iss: 'berlin', name: 'Berlin', stage: 'Test', isHeard: true, ...change });
  expect([cell({}), cell({ iss: 'oslo' }), cell({ isHeard: false })]).toEqual(['held', 'lacked', 'unknown']);
  // A Dev server takes everything, a Prod server nothing of Test.
  expect([cell({ stage: 'Dev' }), cell({ stage: 'Prod' }), cell({ stage: 'Prod', isHeard: false })]).toEqual([
    'held',
    'withheld',
    'withheld',
  ]);
});

describe('the picture of the mesh', () => {
  const of = (iss: string, relation: 'self' | 'peer' | 'introduced' | 'former', introducedBy: string | null = null) => ({
    ...{ iss, relation, introducedBy },
  });

  test('links this server with those registered here, and others with who introduced them', () => {
    const servers = [of('hq', 'self'), of('berlin', 'peer'), of('oslo', 'introduced', 'berlin'), of('bonn', 'former')];
    expect(linksOf(servers)).toEqual([
      { from: 'hq', to: 'berlin', isRegistered: true },
      { from: 'berlin', to: 'oslo', isRegistered: false },
    ]);
    expect(linksOf([of('hq', 'self'), of('oslo', 'introduced', 'who is not known')])).toEqual([]);
    const places = placesOf(servers);
    const x = (iss: string) => places.get(iss)?.x ?? Number.NaN;
    expect(x('hq')).toBeLessThan(x('berlin'));
    expect(x('berlin')).toBeLessThan(x('oslo'));
  });

  test('lays 150 servers out in columns, none over another', () => {
    const servers = [of('hq', 'self'), ...Array.from({ length: 149 }, (_, index) => of(`site ${index}`, 'peer'))];
    const places = [...placesOf(servers).values()];
    expect(new Set(places.map(({ x, y }) => `${x} ${y}`)).size).toBe(150);
    expect(new Set(places.map(({ x }) => x)).size).toBeGreaterThan(10);
  });
});
