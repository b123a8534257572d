import { givenDecider } from '@odst/event-store/contract';
import { expect, test } from 'vitest';
import { expiredAt, expiryOf, type SessionEvent, sessionDecider } from '../../src/domain/session.ts';

const given = givenDecider(sessionDecider);
const started: SessionEvent = { type: 'SessionStarted', data: { sessionId: 's', username: 'eva', userAgent: 'Firefox' } };
const ended: SessionEvent = { type: 'SessionEnded', data: { sessionId: 's', username: 'eva' } };

test('a session is ended once, by its account or by an admin', () => {
  for (const username of ['eva', undefined])
    given([started]).when({ type: 'EndSession', sessionId: 's', username }).then([ended]);
  given([started, ended])
    .when({ type: 'EndSession', sessionId: 's', username: 'eva' })
    .thenRefused('REGISTRATION_SESSION_UNKNOWN');
});

test('the session of another account is like one that there is not', () => {
  given([started]).when({ type: 'EndSession', sessionId: 's', username: 'tom' }).thenRefused('REGISTRATION_SESSION_UNKNOWN');
});

test('a session lasts 12 hours without an act, and 7 days with all of them', () => {
  const startedAt = new Date('2026-03-01T00:00:00Z');
  expect(expiryOf({ startedAt, activeAt: startedAt })).toEqual(new Date('2026-03-01T12:00:00Z'));
  expect(expiryOf({ startedAt, activeAt: new Date('2026-03-07T20:00:00Z') })).toEqual(new Date('2026-03-08T00:00:00Z'));
});

test('what has expired and what is forgotten are the same', () => {
  const now = new Date('2026-03-09T00:00:00Z');
  const { idleSince, startedBefore } = expiredAt(now);
  expect(expiryOf({ startedAt: startedBefore, activeAt: now })).toEqual(now);
  expect(expiryOf({ startedAt: idleSince, activeAt: idleSince })).toEqual(now);
});
