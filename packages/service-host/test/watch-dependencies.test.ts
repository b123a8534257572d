import { eventually } from '@odst/testing';
import { expect, test } from 'vitest';
import { createReadiness, isReady, watchDependencies } from '../src/index.ts';

test('a dependency is failed until it answers, fine while it does, and failed with its reason when it stops', async () => {
  const readiness = createReadiness();
  const first = Promise.withResolvers<void>();
  let answer = () => first.promise;
  await using _watch = watchDependencies({ readiness, checks: { database: () => answer() }, intervalMs: 1 });
  expect(readiness.snapshot()).toEqual({ database: { ok: false, detail: 'not asked yet' } });
  first.resolve();
  await eventually(() => isReady(readiness.snapshot()));
  answer = () => Promise.reject(new Error('no route\nto host'));
  await eventually(() => !isReady(readiness.snapshot()));
  expect(readiness.snapshot()).toEqual({ database: { ok: false, detail: 'no route to host' } });
  answer = () => Promise.resolve();
  await eventually(() => isReady(readiness.snapshot()));
});

test('one that hangs counts as failed, is told so by its signal, and delays no other', async () => {
  const readiness = createReadiness();
  let given: AbortSignal | undefined;
  const hangs = (signal: AbortSignal) => {
    given = signal;
    return new Promise(() => undefined);
  };
  const checks = { hangs, answers: () => Promise.resolve() };
  await using _watch = watchDependencies({ readiness, checks, intervalMs: 1_000, timeoutMs: 20 });
  await eventually(() => given?.aborted === true && readiness.snapshot()['hangs']?.detail === 'an answer took longer than 20 ms');
  expect(readiness.snapshot()['answers']).toEqual({ ok: true, detail: '' });
});

test('nothing is told any more once it is disposed', async () => {
  const readiness = createReadiness();
  const watch = watchDependencies({ readiness, checks: { database: () => new Promise(() => undefined) } });
  await watch[Symbol.asyncDispose]();
  expect(readiness.snapshot()).toEqual({ database: { ok: false, detail: 'not asked yet' } });
});

test('one that can be done without is never failed, and says what is so while it is away', async () => {
  const readiness = createReadiness();
  let answer: () => Promise<void> = () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.1:9092'));
  const dispensable = { bus: { check: () => answer(), whileAway: 'away; events wait' } };
  await using watch = watchDependencies({ readiness, checks: {}, dispensable, intervalMs: 1 });
  expect(readiness.snapshot()).toEqual({ bus: { ok: true, detail: 'not asked yet' } });
  await watch.asked;
  expect(readiness.snapshot()).toEqual({ bus: { ok: true, detail: 'away; events wait' } });
  answer = () => Promise.resolve();
  await eventually(() => readiness.snapshot()['bus']?.detail === '');
  expect(isReady(readiness.snapshot())).toBe(true);
});

test('it tells when each was asked once, also those that hang', async () => {
  const readiness = createReadiness();
  const checks = { hangs: () => new Promise(() => undefined), answers: () => Promise.resolve() };
  await using watch = watchDependencies({ readiness, checks, timeoutMs: 20 });
  await watch.asked;
  expect(readiness.snapshot()).toEqual({
    hangs: { ok: false, detail: 'an answer took longer than 20 ms' },
    answers: { ok: true, detail: '' },
  });
});
