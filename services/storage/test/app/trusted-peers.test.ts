import { createVirtualTime, type VirtualTime } from '@odst/async/testing';
import { OdstError } from '@odst/kernel';
import { createSilentLogger } from '@odst/telemetry';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type TrustedPeers, watchTrustedPeers } from '../../src/app/trusted-peers.ts';

let time: VirtualTime;
let peers: Set<string>;
let asked: (readonly string[])[];
let fault: OdstError | undefined;
let watch: TrustedPeers;

beforeEach(() => {
  time = createVirtualTime();
  peers = new Set(['b', 'c']);
  asked = [];
  fault = undefined;
  const peersAmong = async (isses: readonly string[]) => {
    asked.push(isses);
    if (fault !== undefined) throw fault;
    return new Set(isses.filter((iss) => peers.has(iss)));
  };
  watch = watchTrustedPeers({ trust: { peersAmong }, clock: time, timers: time, logger: createSilentLogger() });
});
afterEach(() => watch[Symbol.asyncDispose]());

const isVoid = expect.objectContaining({ code: 'STORAGE_GRANT_INVALID' });

test('a peer passes, asked about once a second, and nobody else', async () => {
  await watch.assertPeer('b');
  await watch.assertPeer('b');
  expect(asked).toHaveLength(1);
  await expect(watch.assertPeer('d')).rejects.toThrow(isVoid);
  peers.delete('b');
  await time.pass(1_001);
  await expect(watch.assertPeer('b')).rejects.toThrow(isVoid);
  await expect(watch.assertPeer('b')).rejects.toThrow(isVoid);
});

test('while registration cannot be asked, a peer of before passes and a stranger waits', async () => {
  await watch.assertPeer('b');
  fault = new OdstError('COMMON_SERVICE_UNAVAILABLE', 'starting');
  await time.pass(60_000);
  await watch.assertPeer('b');
  await expect(watch.assertPeer('c')).rejects.toThrow(fault);
});

test('what is sent to a server ends within four seconds of the end of its trust, and nothing else does', async () => {
  const ended: string[] = [];
  using _b = watch.watch('b', () => ended.push('b'));
  using _again = watch.watch('b', () => ended.push('b again'));
  using _c = watch.watch('c', () => ended.push('c'));
  await time.pass(10_000);
  expect(ended).toEqual([]);
  peers.delete('b');
  await time.pass(4_000);
  expect(ended).toEqual(['b', 'b again']);
  await time.pass(10_000);
  expect(ended).toHaveLength(2);
});

test('it goes on after registration was away', async () => {
  const ended: string[] = [];
  using _b = watch.watch('b', () => ended.push('b'));
  fault = new OdstError('COMMON_SERVICE_UNAVAILABLE', 'starting');
  await time.pass(10_000);
  expect(ended).toEqual([]);
  fault = undefined;
  peers.delete('b');
  await time.until(() => ended.length === 1, 10_000);
});

test('nothing is asked while nothing is sent', async () => {
  await time.pass(3_600_000);
  expect(asked).toEqual([]);
  watch.watch('b', () => undefined)[Symbol.dispose]();
  await time.pass(3_600_000);
  expect(asked).toEqual([]);
});
