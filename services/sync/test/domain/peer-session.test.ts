import { givenDecider } from '@odst/event-store/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type PeerSessionCommand, type PeerSessionEvent, peerSession } from '../../src/domain/peer-session.ts';

const given = givenDecider(peerSession);
const peerIss = 'b'.repeat(32);
const answer: PeerSessionCommand = { type: 'NoteAnswer', peerIss };
const failure: PeerSessionCommand = { type: 'NoteFailure', peerIss, code: 'SYNC_PEER_FAILED', reason: 'no route to host' };
const forget: PeerSessionCommand = { type: 'ForgetPeer', peerIss };
const online: PeerSessionEvent = { type: 'PeerCameOnline', data: { peerIss } };
const offline: PeerSessionEvent = {
  type: 'PeerWentOffline',
  data: { peerIss, code: 'SYNC_PEER_FAILED', reason: 'no route to host' },
};
const gone: PeerSessionEvent = {
  type: 'PeerWentOffline',
  data: { peerIss, code: 'REGISTRATION_PEER_UNKNOWN', reason: 'it is a peer no longer' },
};

test('a first answer brings a peer online', () => given([]).when(answer).then([online]));

test('a first failure makes a peer offline', () => given([]).when(failure).then([offline]));

test('an answer of a peer that is online is nothing new', () => given([online]).when(answer).then([]));

test('a failure of a peer that is offline is nothing new', () => given([online, offline]).when(failure).then([]));

test('a peer comes back', () => given([online, offline]).when(answer).then([online]));

test('a peer that is forgotten while online goes offline', () => given([online]).when(forget).then([gone]));

test('a peer that is forgotten while offline leaves no further trace', () => given([offline]).when(forget).then([]));

test('a peer that comes back after it was forgotten is told of again', () => given([online, gone]).when(answer).then([online]));

test('whatever happens, the events of a peer alternate', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(answer, failure, forget)), (commands) => {
      let state = peerSession.initialState();
      const types: string[] = [];
      for (const command of commands) {
        for (const event of peerSession.decide(command, state)) {
          state = peerSession.evolve(state, event);
          expect(types.at(-1)).not.toBe(event.type);
          types.push(event.type);
        }
      }
    }),
  );
});
