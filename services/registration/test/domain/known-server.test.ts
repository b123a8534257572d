import { givenDecider } from '@odst/event-store/contract';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type KnownServerCommand,
  type KnownServerEvent,
  knownServerDecider,
  type RegisterPeer,
} from '../../src/domain/known-server.ts';
import { newKey, profileBy } from '../support/profiles.ts';

const given = givenDecider(knownServerDecider);
const key = newKey();
const profile = profileBy(key);
const renamed = profileBy(key, { name: 'Bonn', stamp: 2n });
const { iss } = profile;
const hub = 'a'.repeat(32);
const register: RegisterPeer = { type: 'RegisterPeer', profile, newPeerId: 7, initiatedBy: 'here' };
const take = (told: typeof profile, fromIss = hub): KnownServerCommand => ({ type: 'TakeProfile', profile: told, fromIss });
const registered: KnownServerEvent = { type: 'PeerRegistered', data: { peerId: 7, iss, profile, initiatedBy: 'here' } };
const unregistered: KnownServerEvent = { type: 'PeerUnregistered', data: { peerId: 7, iss, initiatedBy: 'peer' } };
const introduced: KnownServerEvent = { type: 'ServerIntroduced', data: { iss, profile, fromIss: hub } };
const changed = (fromIss: string): KnownServerEvent => ({
  type: 'ServerProfileChanged',
  data: { iss, profile: renamed, fromIss },
});

describe('a peer', () => {
  test('is registered once, and again without effect', () => {
    given([]).when(register).then([registered]);
    given([registered])
      .when({ ...register, newPeerId: 8, initiatedBy: 'peer' })
      .then([]);
  });

  test('that registers again with another profile is updated and keeps its number', () => {
    given([registered])
      .when({ ...register, profile: renamed, newPeerId: 9 })
      .then([changed(iss)]);
    given([registered])
      .when({ ...register, profile: renamed, newPeerId: 9 })
      .thenState((state) => expect(state).toMatchObject({ peerId: 7, profile: renamed, relation: 'peer' }));
  });

  test('is unregistered once, and again without effect', () => {
    given([registered]).when({ type: 'UnregisterPeer', iss, initiatedBy: 'peer' }).then([unregistered]);
    given([registered, unregistered]).when({ type: 'UnregisterPeer', iss, initiatedBy: 'here' }).then([]);
    given([]).when({ type: 'UnregisterPeer', iss, initiatedBy: 'here' }).then([]);
    given([introduced]).when({ type: 'UnregisterPeer', iss, initiatedBy: 'here' }).then([]);
  });

  test('that comes back has another number, and the newest profile that was heard of it meanwhile', () => {
    given([registered, unregistered, changed(hub)])
      .when({ ...register, newPeerId: 8 })
      .then([{ type: 'PeerRegistered', data: { peerId: 8, iss, profile: renamed, initiatedBy: 'here' } }]);
  });
});

describe('a profile', () => {
  test('of a stranger introduces it, once', () => {
    given([]).when(take(profile)).then([introduced]);
    given([introduced]).when(take(profile)).then([]);
  });

  test('counts where it is newer, whoever tells it and whatever the server is here', () => {
    for (const before of [[introduced], [registered], [registered, unregistered]]) {
      given(before)
        .when(take(renamed))
        .then([changed(hub)]);
      given([...before, changed(hub)])
        .when(take(profile, iss))
        .then([]);
    }
  });

  test('of the same stamp is the same on every server, whichever came first', () => {
    const one = profileBy(key, { name: 'One' });
    const other = profileBy(key, { name: 'Other' });
    const last = (first: typeof one, second: typeof one) => {
      let state = knownServerDecider.initialState();
      for (const told of [first, second])
        for (const event of knownServerDecider.decide(take(told), state)) state = knownServerDecider.evolve(state, event);
      return state?.profile.name;
    };
    expect(last(one, other)).toBe(last(other, one));
  });

  test('of an introduced server that is registered makes it a peer, and later a former one', () => {
    given([introduced])
      .when({ ...register, newPeerId: 3 })
      .thenState((state) => expect(state).toMatchObject({ relation: 'peer', peerId: 3 }));
    given([introduced, { ...registered }])
      .when({ type: 'UnregisterPeer', iss, initiatedBy: 'here' })
      .thenState((state) => expect(state).toMatchObject({ relation: 'former', profile }));
  });
});

test('whatever happens to a server, its number stays while it is a peer, its stamp never falls, and repeating does nothing', () => {
  const profiles = [profile, renamed, profileBy(key, { stage: 'Dev', stamp: 3n })];
  const command: fc.Arbitrary<KnownServerCommand> = fc.oneof(
    fc.record({
      type: fc.constant('RegisterPeer' as const),
      profile: fc.constantFrom(...profiles),
      newPeerId: fc.integer({ min: 1, max: 1_000 }),
      initiatedBy: fc.constantFrom('here' as const, 'peer' as const),
    }),
    fc.record({ type: fc.constant('TakeProfile' as const), profile: fc.constantFrom(...profiles), fromIss: fc.constant(hub) }),
    fc.record({ type: fc.constant('UnregisterPeer' as const), iss: fc.constant(iss), initiatedBy: fc.constant('here' as const) }),
  );
  fc.assert(
    fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
      let state = knownServerDecider.initialState();
      for (const next of commands) {
        const before = state;
        for (const event of knownServerDecider.decide(next, state)) state = knownServerDecider.evolve(state, event);
        if (before?.relation === 'peer' && state?.relation === 'peer') expect(state.peerId).toBe(before.peerId);
        expect(state?.profile.stamp ?? 0n).toBeGreaterThanOrEqual(before?.profile.stamp ?? 0n);
        expect(knownServerDecider.decide(next, state)).toEqual([]);
      }
    }),
  );
});
