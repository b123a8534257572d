import { createVirtualTime } from '@odst/async/testing';
import { createSilentLogger } from '@odst/telemetry';
import { expect, test } from 'vitest';
import { createMemoryFeedStore } from '../../src/adapters/memory-feed-store.ts';
import { createMemoryPeerStore } from '../../src/adapters/memory-peer-store.ts';
import { createHeldRetries } from '../../src/app/retry-held.ts';
import type { HeldChange } from '../../src/domain/held-change.ts';
import { issOf, recordOf } from '../support/records.ts';

const peer = issOf('peer');
const signal = new AbortController().signal;

/** Changes that are held of a peer, each of another signer, and how often they were offered again. */
async function held(signers: number) {
  const time = createVirtualTime();
  const peers = createMemoryPeerStore();
  let offers = 0;
  const unwritten = (signedBy: string): HeldChange => {
    const record = recordOf({ filename: `${signedBy}.pkg`, stage: 'Dev', by: signedBy });
    const { uuid: packageUuid, filename } = record;
    const code = 'CATALOG_CHANGE_UNWRITTEN';
    return { packageUuid, filename, act: 'upload', stages: ['Dev'], signedBy, code, reason: 'not made', isFinal: false, record };
  };
  const all = Array.from({ length: signers }, (_, index) => unwritten(issOf(`signer ${index}`)));
  const packages = all.map(({ packageUuid }) => packageUuid);
  await peers.commitPage({
    ...{ peerIss: peer, cursor: '1', answeredAt: time.now(), contents: [], restoredAt: undefined, isLast: true },
    ...{ packages, held: all },
  });
  const retries = createHeldRetries({
    catalog: {
      offerRecord: async ({ changes }) => {
        offers += 1;
        return [unwritten(changes[0]?.iss ?? '')];
      },
    },
    feed: createMemoryFeedStore(() => issOf('feed')),
    peers,
    scheduler: time,
    chance: { random: () => 0.5, uuid: () => '' },
    logger: createSilentLogger(),
  });
  return { time, retries, offers: () => offers };
}

test('a peer that says something new all the time has what is held of many signers tried less and less often', async () => {
  const { time, retries, offers } = await held(100);
  for (let seconds = 0; seconds < 3_600; seconds += 5) {
    retries.writersStated();
    retries.arrived(new Set([peer]));
    await retries.run([peer], signal);
    await time.pass(5_000);
  }
  // In the first five minutes seven times, then each five minutes.
  expect(offers() / 100).toBeLessThanOrEqual(19);
});

test('what servers say is tried at once where the last try is some minutes old', async () => {
  const { time, retries, offers } = await held(1);
  for (let tries = 0; tries < 20; tries += 1) {
    retries.arrived(new Set([peer]));
    await retries.run([peer], signal);
    await time.pass(300_000);
  }
  const before = offers();
  retries.writersStated();
  await retries.run([peer], signal);
  expect(offers()).toBe(before + 1);
});
