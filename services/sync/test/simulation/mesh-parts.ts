import { createHash } from 'node:crypto';
import type { EventStore } from '@odst/event-store';
import type { RecordDigest } from '../../src/domain/comparison.ts';

/** Digest of a text, hex. */
export const digest = (algorithm: 'md5' | 'sha1' | 'sha256', text: string) => createHash(algorithm).update(text).digest('hex');

/** The content that a word stands for. @param manifest default the true one */
export const contentOf = (word: string, manifest = `manifest of ${word}`) => ({
  sha256: digest('sha256', word),
  sha1: digest('sha1', word),
  sizeBytes: 1_000n,
  manifestDigest: digest('sha256', manifest),
});

/** What goes wrong behind a server's back, so that nothing but a comparison finds it. */
export type Faults = {
  /** Names of packages whose records get lost when a peer tells them. */
  readonly loses: Set<string>;
  /** Ids of packages of which the feed has no entry. */
  readonly untold: Set<string>;
  /** Whether its bus carries nothing of what registration learns. */
  busIsDown: boolean;
  /** Whether it runs a version without comparisons. */
  comparesNothing: boolean;
  /** What it makes of the digests of its records. */
  falsified: (digest: RecordDigest) => RecordDigest;
};

/** Nothing goes wrong. */
export function createFaults(): Faults {
  return { loses: new Set(), untold: new Set(), busIsDown: false, comparesNothing: false, falsified: (one) => one };
}

/** Carries the events of a store on, each once and in their order, as relay and bus do. */
export function relay(store: EventStore, take: (event: Awaited<ReturnType<EventStore['readAll']>>[number]) => Promise<void>) {
  let position = 0n;
  let last = Promise.resolve();
  return (): Promise<void> => {
    last = last.then(async () => {
      for (const event of await store.readAll(position, 100_000)) {
        await take(event);
        position = event.position;
      }
    });
    return last;
  };
}
