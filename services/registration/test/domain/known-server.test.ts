import { givenDecider } from '@odst/event-store/contract';
import { isOdstError } from '@odst/kernel';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type KnownServerCommand,
  type KnownServerEvent,
  type KnownServerState,
  knownServerDecider,
  type RegisterPeer,
  unsetSettings,
} from '../../src/domain/known-server.ts';
import { isRetired } from '../../src/domain/retirement.ts';
import { newKey, profileBy } from '../support/profiles.ts';
import { retirementBy } from '../support/retirements.ts';

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

describe('a retirement', () => {
  const admin = newKey();
  const retirement = retirementBy(admin, { iss, stamp: 5n });
  const later = retirementBy(newKey(), { iss, stamp: 6n });
  const newest = profileBy(key, { stamp: 7n });
  const retired: KnownServerEvent = { type: 'ServerRetired', data: { iss, retirement } };
  const takeOf = (told: typeof retirement): KnownServerCommand => ({ type: 'TakeRetirement', retirement: told });

  test('counts once, and a later one in its place', () => {
    given([introduced]).when(takeOf(retirement)).then([retired]);
    given([introduced, retired]).when(takeOf(retirement)).then([]);
    given([introduced, retired])
      .when(takeOf(later))
      .then([{ type: 'ServerRetired', data: { iss, retirement: later } }]);
    given([introduced, { type: 'ServerRetired', data: { iss, retirement: later } }])
      .when(takeOf(retirement))
      .then([]);
  });

  test('of a stranger, or older than what the server says of itself, is none', () => {
    given([]).when(takeOf(retirement)).then([]);
    given([{ type: 'ServerIntroduced', data: { iss, profile: newest, fromIss: hub } }])
      .when(takeOf(retirement))
      .then([]);
  });

  test('ends with a newer profile, and not with an older one', () => {
    given([introduced, retired])
      .when(take(newest))
      .then([
        { type: 'ServerProfileChanged', data: { iss, profile: newest, fromIss: hub } },
        { type: 'ServerReturned', data: { iss, retirement } },
      ]);
    given([introduced, retired])
      .when(take(renamed))
      .then([changed(hub)]);
  });

  test('ends with a registration, where the profile in it is newer', () => {
    given([introduced, retired])
      .when({ ...register, profile: newest })
      .then([
        { type: 'PeerRegistered', data: { peerId: 7, iss, profile: newest, initiatedBy: 'here' } },
        { type: 'ServerReturned', data: { iss, retirement } },
      ]);
    given([introduced, retired]).when(register).then([registered]);
  });

  test('by an admin here is refused for a peer, and taken of a peer from another server', () => {
    const bySelf: KnownServerCommand = { type: 'RetireServer', retirement };
    given([registered]).when(bySelf).thenRefused('REGISTRATION_SERVER_IS_PEER');
    given([registered, unregistered]).when(bySelf).then([retired]);
    given([registered]).when(takeOf(retirement)).then([retired]);
  });

  test('and profiles lead to the same, in whatever order they come', () => {
    const told = [take(profile), take(renamed), take(newest), takeOf(retirement), takeOf(later)];
    fc.assert(
      fc.property(fc.shuffledSubarray(told, { minLength: 0 }), fc.boolean(), (order, again) => {
        const stateAfter = (commands: readonly KnownServerCommand[]) =>
          commands.reduce<KnownServerState>(
            (state, command) => knownServerDecider.decide(command, state).reduce(knownServerDecider.evolve, state),
            { ...unsetSettings, iss, relation: 'introduced', profile, peerId: 0, introducedBy: hub },
          );
        const isGone = (state: KnownServerState) => state !== undefined && isRetired(state.retirement, state.profile);
        const [one, other] = [stateAfter(again ? [...order, ...order] : order), stateAfter(order.toReversed())];
        expect([one?.profile, isGone(one)]).toEqual([other?.profile, isGone(other)]);
        if (isGone(one)) expect(one?.retirement).toEqual(other?.retirement);
      }),
    );
  });
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

describe('what is taken from a peer', () => {
  const capped: KnownServerEvent = {
    type: 'PeerSettingsChanged',
    data: { peerId: 7, iss, stageCap: 'Test', introduces: true },
  };

  test('is everything until an admin says otherwise, and changes where something is given', () => {
    given([registered]).when({ type: 'ChangePeerSettings', stageCap: 'Test' }).then([capped]);
    given([registered]).when({ type: 'ChangePeerSettings', stageCap: 'Prod', introduces: true }).then([]);
    given([registered, capped])
      .when({ type: 'ChangePeerSettings', introduces: false })
      .then([{ type: 'PeerSettingsChanged', data: { peerId: 7, iss, stageCap: 'Test', introduces: false } }]);
    given([registered, capped]).when({ type: 'ChangePeerSettings' }).then([]);
  });

  test('stays what it is when the peer goes and comes back', () => {
    given([registered, capped, unregistered])
      .when({ ...register, newPeerId: 8 })
      .thenState((state) => expect(state).toMatchObject({ relation: 'peer', peerId: 8, stageCap: 'Test', introduces: true }));
  });

  test('is set of peers only', () => {
    for (const before of [[], [introduced], [registered, unregistered]]) {
      given(before).when({ type: 'ChangePeerSettings', stageCap: 'Test' }).thenRefused('REGISTRATION_PEER_UNKNOWN');
    }
  });
});

describe('a server that is blocked', () => {
  const block: KnownServerCommand = { type: 'BlockServer', profile };
  const blocked: KnownServerEvent = { type: 'ServerBlocked', data: { iss, profile } };
  const unregisteredHere: KnownServerEvent = { type: 'PeerUnregistered', data: { peerId: 7, iss, initiatedBy: 'here' } };
  const unblocked: KnownServerEvent = { type: 'ServerUnblocked', data: { iss, profile } };

  test('is no peer any more, and stays known', () => {
    given([registered]).when(block).then([unregisteredHere, blocked]);
    given([registered, unregistered]).when(block).then([blocked]);
    given([introduced])
      .when(block)
      .thenState((state) => expect(state).toMatchObject({ relation: 'introduced', introducedBy: hub, blocked: true, profile }));
  });

  test('is blocked once, and again without effect', () => {
    given([introduced, blocked]).when(block).then([]);
    given([introduced, blocked]).when({ type: 'UnblockServer' }).then([unblocked]);
    given([introduced, blocked, unblocked]).when({ type: 'UnblockServer' }).then([]);
    given([introduced, blocked, unblocked]).when(block).then([blocked]);
  });

  test('cannot be registered, and nothing newer of it is taken, until it is unblocked', () => {
    given([registered, unregisteredHere, blocked])
      .when({ ...register, newPeerId: 8 })
      .thenRefused('REGISTRATION_SERVER_BLOCKED');
    given([introduced, blocked]).when(take(renamed)).thenRefused('REGISTRATION_SERVER_BLOCKED');
    given([introduced, blocked]).when(take(profile)).then([]);
    given([introduced, blocked, unblocked])
      .when(take(renamed))
      .then([changed(hub)]);
    given([registered, unregisteredHere, blocked, unblocked])
      .when({ ...register, newPeerId: 8 })
      .then([{ ...registered, data: { ...registered.data, peerId: 8 } } as KnownServerEvent]);
  });

  test('may be the identity that this server had before, which has no stream as another server', () => {
    given([])
      .when(block)
      .thenState((state) => expect(state).toMatchObject({ relation: 'former', profile, blocked: true }));
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
    fc.record({
      type: fc.constant('ChangePeerSettings' as const),
      stageCap: fc.constantFrom('Dev' as const, 'Test' as const, 'Prod' as const),
      introduces: fc.boolean(),
    }),
    fc.record({ type: fc.constant('BlockServer' as const), profile: fc.constant(profile) }),
    fc.constant({ type: 'UnblockServer' as const }),
  );
  /** Refused, a command leads to nothing. */
  const decide = (next: KnownServerCommand, state: KnownServerState): readonly KnownServerEvent[] => {
    try {
      return knownServerDecider.decide(next, state);
    } catch (error) {
      if (isOdstError(error, 'REGISTRATION_SERVER_BLOCKED')) expect(state?.blocked).toBe(true);
      else expect(isOdstError(error, 'REGISTRATION_PEER_UNKNOWN') && state?.relation !== 'peer').toBe(true);
      return [];
    }
  };
  fc.assert(
    fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
      let state = knownServerDecider.initialState();
      for (const next of commands) {
        const before = state;
        for (const event of decide(next, state)) state = knownServerDecider.evolve(state, event);
        if (before?.relation === 'peer' && state?.relation === 'peer') expect(state.peerId).toBe(before.peerId);
        expect(state?.profile.stamp ?? 0n).toBeGreaterThanOrEqual(before?.profile.stamp ?? 0n);
        expect(state?.blocked === true && state.relation === 'peer').toBe(false);
        expect(decide(next, state)).toEqual([]);
      }
    }),
  );
});
