import { givenDecider } from '@odst/event-store/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Comparison } from '../../src/domain/comparison.ts';
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

const compared = (counts: Partial<Comparison>): PeerSessionCommand => ({
  type: 'NoteComparison',
  peerIss,
  comparison: {
    ...{ comparedAt: new Date(0), outcome: 'different', packages: 7, differed: 3, repaired: 0, heldBack: 0, lacking: 0 },
    ...{ unexplained: 0, examples: [], reason: '' },
    ...counts,
  },
});
const differences = (counts: Partial<Comparison>): PeerSessionEvent => ({
  type: 'PeerDifferencesChanged',
  data: { peerIss, packages: 7, differed: 3, repaired: 0, heldBack: 0, lacking: 0, unexplained: 0, examples: [], ...counts },
});

test('a comparison that finds nothing is no event', () =>
  given([online])
    .when(compared({ outcome: 'equal' }))
    .then([]));

test('a comparison that repaired something is an event each time', () =>
  given([online, differences({ repaired: 2 })])
    .when(compared({ outcome: 'repaired', repaired: 2 }))
    .then([differences({ repaired: 2 })]));

test('what differs still is an event once', () => {
  given([online])
    .when(compared({ heldBack: 2 }))
    .then([differences({ heldBack: 2 })]);
  given([online, differences({ heldBack: 2 })])
    .when(compared({ heldBack: 2 }))
    .then([]);
  given([online, differences({ heldBack: 2 }), gone])
    .when(compared({ heldBack: 1, unexplained: 1 }))
    .then([differences({ heldBack: 1, unexplained: 1 })]);
});

test('an event names five packages, and says little of each, whatever the peer wrote', () => {
  const example = { filename: 'ü'.repeat(300), outcome: 'heldBack' as const, reason: '\u20ac"'.repeat(400) };
  const [event] = peerSession.decide(
    compared({ heldBack: 10, examples: Array.from({ length: 10 }, () => example) }),
    peerSession.initialState(),
  );
  expect(event?.data).toMatchObject({ examples: { length: 5 } });
  expect(Buffer.byteLength(JSON.stringify(event?.data))).toBeLessThan(8_000);
});

test('that nothing differs any more is an event, and that nothing could be compared is none', () => {
  given([differences({ lacking: 2 })])
    .when(compared({ outcome: 'equal', differed: 0 }))
    .then([differences({ differed: 0 })]);
  for (const outcome of ['failed', 'unsupported'] as const) {
    given([differences({ lacking: 2 })])
      .when(compared({ outcome, differed: 0, reason: 'no' }))
      .then([]);
  }
});

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
