import { backoffMs } from '@odst/async/backoff-ms';
import { givenDecider } from '@odst/event-store/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { retryPauses, type TransferCommand, type TransferEvent, transfer } from '../../src/domain/transfer.ts';

const given = givenDecider(transfer);
const blob = 'c'.repeat(64);
const manifestDigest = 'd'.repeat(64);
const a = 'a'.repeat(32);
const b = 'b'.repeat(32);
const at = new Date('2026-01-01T00:00:00Z');

const start = (peerIss: string): TransferCommand => ({ type: 'StartTransfer', blob, manifestDigest, peerIss, sizeBytes: 5n });
const complete = (peerIss: string): TransferCommand => ({
  type: 'CompleteTransfer',
  blob,
  manifestDigest,
  peerIss,
  sizeBytes: 5n,
});
const fail = (peerIss: string, code = 'STORAGE_PEER_FAILED'): TransferCommand => ({
  type: 'FailTransfer',
  blob,
  manifestDigest,
  peerIss,
  code,
  reason: 'gone',
  at,
  random: 0,
});
const started = (peerIss: string, attempt: number): TransferEvent => ({
  type: 'ReplicationStarted',
  data: { blob, manifestDigest, peerIss, sizeBytes: 5n, attempt },
});
const completed = (peerIss: string): TransferEvent => ({
  type: 'ReplicationCompleted',
  data: { blob, manifestDigest, peerIss, sizeBytes: 5n },
});
const failed = (peerIss: string, attempt: number, pauseMs: number, code = 'STORAGE_PEER_FAILED'): TransferEvent => ({
  type: 'ReplicationFailed',
  data: { blob, manifestDigest, peerIss, code, reason: 'gone', attempt, nextTryAt: new Date(at.getTime() + pauseMs) },
});

test('the pause after a failure is one to two seconds, after many two and a half to five minutes, for ever', () => {
  const almostOne = 0.999_999;
  expect([backoffMs(1, retryPauses, 0), backoffMs(1, retryPauses, almostOne)]).toEqual([2_000, 1_000]);
  expect([backoffMs(1_000_000, retryPauses, 0), backoffMs(1_000_000, retryPauses, almostOne)]).toEqual([300_000, 150_000]);
});

test('a content that was never tried begins with attempt 1', () =>
  given([])
    .when(start(a))
    .then([started(a, 1)]));

test('a transfer that a crash cut off goes on as the next attempt', () =>
  given([started(a, 1)])
    .when(start(b))
    .then([started(b, 2)]));

test('a running transfer completes', () =>
  given([started(a, 1)])
    .when(complete(a))
    .then([completed(a)]));

test('what is complete does not complete again', () =>
  given([started(a, 1), completed(a)])
    .when(complete(a))
    .then([]));

test('what does not run cannot fail', () => given([]).when(fail(a)).then([]));

test('the pause grows with each failure of the same source', () =>
  given([started(a, 1), failed(a, 1, 2_000), started(a, 2)])
    .when(fail(a))
    .then([failed(a, 2, 4_000)]));

test('a failure of one source makes no pause for another', () =>
  given([started(a, 1), failed(a, 1, 2_000), started(b, 2)])
    .when(fail(b))
    .then([failed(b, 2, 2_000)]));

test('a full disk is this server’s own failure and blames no source', () => {
  given([started(a, 1), failed(a, 1, 2_000, 'STORAGE_DISK_FULL')]).thenState((state) => {
    expect(state.here).toEqual({ failures: 1, nextTryAt: new Date(at.getTime() + 2_000), badManifest: false });
    expect(state.bySource.size).toBe(0);
  });
});

test('a failure of a source ends the pause that this server’s own failure made', () => {
  given([started(a, 1), failed(a, 1, 2_000, 'STORAGE_DISK_FULL'), started(a, 2), failed(a, 2, 2_000)]).thenState((state) => {
    expect(state.here).toBeUndefined();
    expect(state.bySource.get(a)?.failures).toBe(1);
  });
});

test('a content that is wanted again after it was complete begins anew', () =>
  given([started(a, 1), failed(a, 1, 2_000), started(b, 2), completed(b)])
    .when(start(a))
    .then([started(a, 1)]));

test('whatever happens, attempts count up and only a running transfer ends', () => {
  const peers = fc.constantFrom(a, b);
  const command = fc.oneof(
    peers.map(start),
    peers.map(complete),
    fc.tuple(peers, fc.constantFrom('STORAGE_PEER_FAILED', 'STORAGE_DISK_FULL')).map(([peer, code]) => fail(peer, code)),
  );
  fc.assert(
    fc.property(fc.array(command), (commands) => {
      let state = transfer.initialState();
      for (const each of commands) {
        const before = state;
        for (const event of transfer.decide(each, state)) {
          state = transfer.evolve(state, event);
          if (event.type === 'ReplicationStarted') {
            expect(event.data.attempt).toBe(before.status === 'completed' ? 1 : before.attempt + 1);
          } else {
            expect(before.status).toBe('running');
          }
        }
      }
    }),
  );
});
