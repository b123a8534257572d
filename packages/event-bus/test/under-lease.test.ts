import { pause } from '@odst/async';
import { createSilentLogger } from '@odst/telemetry';
import { expect, onTestFinished, test } from 'vitest';
import { holds } from '../src/contract/fixture.ts';
import { createMemoryLease, type Lease, runUnderLease } from '../src/index.ts';

const logger = createSilentLogger();
const aLease = (): Lease => createMemoryLease({ clock: { now: () => new Date() }, ttlMs: 150 });

function run(lease: Lease, work: (fence: bigint, signal: AbortSignal) => Promise<void>): { stop(): Promise<void> } {
  const controller = new AbortController();
  const running = runUnderLease({ lease, signal: controller.signal, logger, work });
  const stop = async (): Promise<void> => {
    controller.abort();
    await running;
  };
  onTestFinished(stop);
  return { stop };
}

const untilAborted = (signal: AbortSignal): Promise<void> => pause(60_000, signal);

test('the work ends when the lease is lost, and begins again with a higher fence', async () => {
  const inner = aLease();
  let lost = false;
  const lease: Lease = { ...inner, renew: async (fence) => !lost && inner.renew(fence) };
  const fences: bigint[] = [];
  run(lease, async (fence, signal) => {
    fences.push(fence);
    await untilAborted(signal);
    lost = false;
  });
  await holds(() => expect(fences).toHaveLength(1));
  lost = true;
  await holds(() => expect(fences).toHaveLength(2));
  expect(fences[1]).toBeGreaterThan(fences[0] ?? 0n);
});

test('the lease is renewed as long as the work runs, and given back after it', async () => {
  const lease = aLease();
  let renewals = 0;
  const counted: Lease = {
    ...lease,
    renew: (fence) => {
      renewals += 1;
      return lease.renew(fence);
    },
  };
  const running = run(counted, (_fence, signal) => untilAborted(signal));
  await holds(() => expect(renewals).toBeGreaterThan(4));
  expect(await lease.acquire()).toBeUndefined();
  await running.stop();
  expect(await lease.acquire()).toBeDefined();
});

test('a renewal that fails is got over while the lease lasts, and ends the work after that', async () => {
  const inner = aLease();
  let failing = false;
  const lease: Lease = {
    ...inner,
    renew: async (fence) => {
      if (failing) throw new Error('the database is away');
      return inner.renew(fence);
    },
  };
  let ends = 0;
  run(lease, async (_fence, signal) => {
    await untilAborted(signal);
    ends += 1;
  });
  failing = true;
  await holds(() => expect(ends).toBeGreaterThan(0));
});

test('a renewal that is never answered ends the work when the lease has run out', async () => {
  const never = new Promise<boolean>(() => undefined);
  let isHanging = true;
  const inner = aLease();
  const fences: bigint[] = [];
  run({ ...inner, renew: (fence) => (isHanging ? never : inner.renew(fence)) }, async (fence, signal) => {
    fences.push(fence);
    await untilAborted(signal);
    isHanging = false;
  });
  await holds(() => expect(fences).toEqual([1n, 2n]));
});
