import { createSilentLogger } from '@odst/telemetry';
import { expect, onTestFinished, test } from 'vitest';
import { holds } from '../../src/contract/fixture.ts';
import { type Sweep, startSweep } from '../../src/index.ts';

function sweeping(sweep: Sweep): AsyncDisposable {
  const started = startSweep(sweep, createSilentLogger());
  onTestFinished(async () => started[Symbol.asyncDispose]());
  return started;
}

test('a sweep runs at once, and then at its interval', async () => {
  const ranAtMs: number[] = [];
  sweeping({ run: async () => void ranAtMs.push(performance.now()), intervalMs: 50 });
  await holds(() => expect(ranAtMs.length).toBeGreaterThan(2));
  for (const [index, atMs] of ranAtMs.slice(1).entries()) expect(atMs - (ranAtMs[index] ?? 0)).toBeGreaterThan(48);
});

test('a sweep that fails is tried again long before its interval is over', async () => {
  let runs = 0;
  sweeping({
    run: async () => {
      runs += 1;
      if (runs < 3) throw new Error('something is not up yet');
    },
  });
  await holds(() => expect(runs).toBe(3));
});

test('ending a sweep tells the run and waits for it', async () => {
  let ended = false;
  const started = sweeping({
    run: (signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          ended = true;
          resolve();
        });
      }),
  });
  await started[Symbol.asyncDispose]();
  expect(ended).toBe(true);
});
