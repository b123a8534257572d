import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { expect } from 'vitest';
import { createRemovalRounds, defaultRemovalPace } from '../src/app/removal-rounds.ts';
import { beginUpload } from '../src/app/upload-session.ts';
import type { StorageFixture } from './storage-fixture.ts';

/** An admin who uploads. */
export const caller = { actor: 'account:admin', remoteAddress: '', correlationId: 'c', causationId: '', traceparent: '' };
export const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
export const hour = 3_600_000;
export const noFetches = new Set<string>();

/** Rounds of a server that has just started; the first one, which only finishes what was broken off, is done. */
export async function startRounds(storage: StorageFixture, fetches: ReadonlySet<string> = noFetches) {
  const rounds = createRemovalRounds(storage.deps, fetches, { ...defaultRemovalPace, batchSize: 2, batchPauseMs: 0 });
  const run = () => rounds.run(new AbortController().signal);
  expect(await run()).toEqual({ nextMs: 15_000 });
  return { run, unknownBytes: () => rounds.unknownBytes };
}

/** Uploads a file, and expects it to be taken. */
export async function upload(storage: StorageFixture, filename: string, bytes: Uint8Array, { replace } = { replace: false }) {
  await using session = await beginUpload(storage.deps, new Set(), { filename, declaredBytes: undefined, maxBytes: 1e9, caller });
  await session.receive(Readable.from([bytes]));
  await session.complete({ stage: 'Prod', replace, replaces: '' });
}

/** A package whose content was replaced, noted as named by nothing. */
export async function replaced(storage: StorageFixture) {
  const [old, fresh] = [randomBytes(2_000_000), randomBytes(1_000)];
  await upload(storage, 'tool.pkg', old);
  await upload(storage, 'tool.pkg', fresh, { replace: true });
  const rounds = await startRounds(storage);
  await rounds.run();
  expect((await storage.eventTypes()).at(-1)).toBe('BlobUnreferenced');
  return { rounds, bytes: old, old: sha256Of(old), fresh: sha256Of(fresh) };
}
