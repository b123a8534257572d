import { createKeyedLock } from '@odst/async';
import { expect, test } from 'vitest';
import type { ResumableUploadState } from '../../src/app/ports.ts';
import { type DecideDeps, decideUpload } from '../../src/app/resumable/decide-upload.ts';
import { createOpenUploads } from '../../src/app/resumable/open-uploads.ts';

const caller = { actor: 'account:admin', remoteAddress: '', correlationId: 'c', causationId: '', traceparent: '' };
const whole: ResumableUploadState = {
  ...{ uploadId: 'one', owner: 'admin', filename: 'tool.pkg', replace: false, replaces: '', metadata: '' },
  stage: 'Prod',
  status: 'started',
  ...{ sizeBytes: 1_000, durableBytes: 1_000, wantedSha256: undefined, end: undefined },
  ...{ createdAt: new Date(0), lastByteAt: new Date(1), expiresAt: new Date(1_000), sha256: undefined, sha1: undefined },
};

/** What deciding takes, over nothing but what a test says. */
function depsOf(parts: object): DecideDeps<never> {
  const deps = { contentLock: createKeyedLock(), elapsedMs: () => 0, ...parts } as unknown as DecideDeps<never>;
  return { ...deps, open: createOpenUploads(deps, new Set()) };
}

test('an upload of which all bytes came and whose file is gone begins anew', async () => {
  const advanced: unknown[] = [];
  const staging = { openedSizeBytes: 0, read: async () => 0, [Symbol.asyncDispose]: async () => undefined };
  const deps = depsOf({
    streams: { uploads: { load: async () => ({ state: { status: 'started' } }) } },
    uploadIndex: { contentOf: async () => undefined },
    blobStore: { openStaging: async () => staging },
    resumableIndex: { advance: async (...values: unknown[]) => void advanced.push(values) },
  });
  const details = { offset: 0 };
  await expect(decideUpload(deps, whole, caller)).rejects.toMatchObject({ code: 'STORAGE_UPLOAD_OFFSET_WRONG', details });
  expect(advanced).toEqual([['one', 0, whole.lastByteAt, whole.expiresAt]]);
});

test('an upload that the sweep has refused meanwhile makes no blob of bytes that are gone', async () => {
  const received = { sha256: 'a'.repeat(64) };
  let state = { status: 'completed', received };
  const end = { code: 'CATALOG_FILENAME_TAKEN', reason: 'other bytes have the name' };
  const verified: unknown[] = [];
  const deps = depsOf({
    streams: {
      uploads: { load: async () => ({ state }) },
      blobs: { run: async (step: unknown) => void verified.push(step) },
    },
    resumableIndex: { find: async () => ({ ...whole, status: 'discarded', end }) },
  });
  const swept = Promise.withResolvers<void>();
  const sweeping = deps.contentLock.run(received.sha256, async () => {
    await swept.promise;
    state = { status: 'discarded', received };
  });
  const decided = expect(decideUpload(deps, whole, caller)).rejects.toMatchObject({ code: 'CATALOG_FILENAME_TAKEN' });
  swept.resolve();
  await sweeping;
  await decided;
  expect(verified).toEqual([]);
});

test('what somebody decided to replace since all bytes came is what catalog is told', async () => {
  const received = { sha256: 'a'.repeat(64), filename: 'tool.pkg', replace: true, replaces: 'b'.repeat(64) };
  const told: unknown[] = [];
  const deps = depsOf({
    streams: {
      uploads: { load: async () => ({ state: { status: 'completed', received } }), run: async () => undefined },
      blobs: { run: async () => ({ state: { status: 'verified', manifestDigest: '' } }) },
    },
    catalog: {
      async registerUpload(_uploadId: string, upload: object) {
        told.push(upload);
        return { outcome: 'replaced', packageId: 7 };
      },
    },
  });
  const aimed = { ...whole, replace: true, replaces: 'c'.repeat(64) };
  expect(await decideUpload(deps, aimed, caller)).toEqual({ outcome: 'replaced', packageId: 7 });
  expect(told).toMatchObject([{ filename: 'tool.pkg', replace: true, replaces: 'c'.repeat(64) }]);
});
