import { describe, expect, onTestFinished, test } from 'vitest';
import type { Lease } from '../lease.ts';
import { holds } from './fixture.ts';

/** A free lease of one test. */
export type LeaseFixture = {
  readonly lease: Lease;
  /** The same lease as another process would have it. */
  readonly another: Lease;
  /** Lets `ttlMs` pass, as far as the adapter knows. */
  readonly expire: () => void | Promise<void>;
  readonly dispose: () => Promise<void>;
};

/** Declares the tests that every adapter of the lease passes. */
export function leaseContract(name: string, createLease: () => Promise<LeaseFixture>): void {
  const open = async (): Promise<LeaseFixture> => {
    const fixture = await createLease();
    onTestFinished(() => fixture.dispose());
    return fixture;
  };

  describe(`lease: ${name}`, () => {
    test('is held by one at a time', async () => {
      const { lease, another } = await open();
      const fence = await lease.acquire();
      expect(fence).toBeGreaterThan(0n);
      expect(await another.acquire()).toBeUndefined();
      expect(await lease.acquire()).toBeUndefined();
    });

    test('given to many who ask at once goes to one', async () => {
      const { lease, another } = await open();
      const asked = await Promise.all(Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? lease : another).acquire()));
      expect(asked.filter((fence) => fence !== undefined)).toHaveLength(1);
    });

    test('goes to the next when it is given back, with a higher fence', async () => {
      const { lease, another } = await open();
      const first = (await lease.acquire()) ?? 0n;
      await lease.release(first);
      const second = (await another.acquire()) ?? 0n;
      expect(second).toBeGreaterThan(first);
      expect(await lease.renew(first)).toBe(false);
      await lease.release(first);
      expect(await another.renew(second)).toBe(true);
    });

    test('runs out, and cannot be renewed then', async () => {
      const { lease, another, expire } = await open();
      const first = (await lease.acquire()) ?? 0n;
      expect(await lease.renew(first)).toBe(true);
      await expire();
      let second: bigint | undefined;
      await holds(async () => {
        second = await another.acquire();
        expect(second).toBeDefined();
      });
      expect(second).toBeGreaterThan(first);
      expect(await lease.renew(first)).toBe(false);
    });

    test('lasts as long as it is renewed', async () => {
      const { lease, another } = await open();
      const fence = (await lease.acquire()) ?? 0n;
      for (let round = 0; round < 3; round += 1) {
        expect(await lease.renew(fence)).toBe(true);
        expect(await another.acquire()).toBeUndefined();
      }
    });
  });
}
