import { givenDecider } from '@odst/event-store/contract';
import { isOdstError } from '@odst/kernel';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PeerCommand, type PeerEvent, peerDecider, type RegisterPeer } from '../../src/domain/peer.ts';
import type { ServerProfile } from '../../src/domain/profile.ts';

const given = givenDecider(peerDecider);
const iss = 'b'.repeat(32);
const profile: ServerProfile = { name: 'B', url: 'https://b.example.org', stage: 'Prod', firewalledMode: false };
const renamed: ServerProfile = { ...profile, name: 'Bonn' };
const publicKey = new Uint8Array(32).fill(1);
const register: RegisterPeer = { type: 'RegisterPeer', iss, profile, publicKey, newPeerId: 7, initiatedBy: 'here' };
const registered: PeerEvent = { type: 'PeerRegistered', data: { peerId: 7, iss, ...profile, publicKey, initiatedBy: 'here' } };
const unregistered: PeerEvent = { type: 'PeerUnregistered', data: { peerId: 7, iss, initiatedBy: 'peer' } };
const profileChanged: PeerEvent = { type: 'PeerProfileChanged', data: { iss, ...renamed } };

describe('a peer', () => {
  test('is registered once, and again without effect', () => {
    given([]).when(register).then([registered]);
    given([registered])
      .when({ ...register, newPeerId: 8, initiatedBy: 'peer' })
      .then([]);
  });

  test('that registers again with another profile is updated and keeps its number', () => {
    given([registered])
      .when({ ...register, profile: renamed })
      .then([profileChanged]);
    given([registered])
      .when({ ...register, profile: renamed, newPeerId: 9 })
      .thenState((state) => expect(state).toMatchObject({ peerId: 7, profile: renamed, registered: true }));
  });

  test('tells a new profile, which counts once', () => {
    given([registered]).when({ type: 'ChangePeerProfile', iss, profile: renamed }).then([profileChanged]);
    given([registered, profileChanged]).when({ type: 'ChangePeerProfile', iss, profile: renamed }).then([]);
  });

  test('that is a stranger, or one no more, tells nothing', () => {
    given([]).when({ type: 'ChangePeerProfile', iss, profile }).thenRefused('REGISTRATION_PEER_UNKNOWN');
    given([registered, unregistered]).when({ type: 'ChangePeerProfile', iss, profile }).thenRefused('REGISTRATION_PEER_UNKNOWN');
  });

  test('is unregistered once, and again without effect', () => {
    given([registered]).when({ type: 'UnregisterPeer', iss, initiatedBy: 'peer' }).then([unregistered]);
    given([registered, unregistered]).when({ type: 'UnregisterPeer', iss, initiatedBy: 'here' }).then([]);
    given([]).when({ type: 'UnregisterPeer', iss, initiatedBy: 'here' }).then([]);
  });

  test('whatever happens to it, its number stays while it is registered', () => {
    const command: fc.Arbitrary<PeerCommand> = fc.oneof(
      fc.record({
        type: fc.constant('RegisterPeer' as const),
        iss: fc.constant(iss),
        profile: fc.constantFrom(profile, renamed),
        publicKey: fc.constant(publicKey),
        newPeerId: fc.integer({ min: 1, max: 1_000 }),
        initiatedBy: fc.constantFrom('here' as const, 'peer' as const),
      }),
      fc.record({
        type: fc.constant('ChangePeerProfile' as const),
        iss: fc.constant(iss),
        profile: fc.constantFrom(profile, renamed),
      }),
      fc.record({
        type: fc.constant('UnregisterPeer' as const),
        iss: fc.constant(iss),
        initiatedBy: fc.constant('here' as const),
      }),
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
        let state = peerDecider.initialState();
        for (const next of commands) {
          const before = state;
          try {
            for (const event of peerDecider.decide(next, state)) state = peerDecider.evolve(state, event);
          } catch (error) {
            expect(isOdstError(error)).toBe(true);
          }
          if (before?.registered && state?.registered) {
            expect(state.peerId).toBe(before.peerId);
          }
          // Whatever was done, doing it again right away does nothing more.
          if (state !== before) expect(peerDecider.decide(next, state)).toEqual([]);
        }
      }),
    );
  });
});
