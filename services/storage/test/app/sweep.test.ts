import { createSilentLogger } from '@odst/telemetry';
import { expect, test } from 'vitest';
import type { UploadDeps } from '../../src/app/commit-upload.ts';
import type { UnfinishedUpload } from '../../src/app/ports.ts';
import { sweep } from '../../src/app/sweep.ts';

const now = new Date('2026-03-01T12:00:00Z');
const later = new Date('2026-03-02T12:00:00Z');
const earlier = new Date('2026-03-01T11:59:59Z');
const resumable = { uploadId: 'one', status: 'started', sha256: undefined, resumableUntil: later } as const;

/** A sweep over rows and files in memory. */
function sweepOver(rows: readonly UnfinishedUpload[], files: string[], live: Set<string>) {
  const seen = { reads: 0, onRead: (_reads: number): void => undefined, expiresAt: later, onFind: (): void => undefined };
  /** What there is now; more may happen until whoever asks has the answer. */
  const read = async <One>(all: readonly One[]): Promise<readonly One[]> => {
    const found = [...all];
    seen.reads += 1;
    seen.onRead(seen.reads);
    return found;
  };
  const deps = {
    uploadIndex: { listUnfinished: () => read(rows), contentOf: async () => undefined },
    resumableIndex: {
      async find() {
        const { expiresAt } = seen;
        seen.onFind();
        return { expiresAt };
      },
    },
    blobStore: {
      listStaging: () => read(files.map((id) => ({ id }))),
      discardStaging: async (id: string) => void files.splice(files.indexOf(id), 1),
    },
    blobIndex: { listUnsealed: async () => [] },
    sealing: { resume: () => undefined },
    streams: { uploads: { run: async () => undefined } },
    clock: { now: () => now },
    logger: createSilentLogger(),
  } as unknown as UploadDeps<never>;
  return { seen, run: () => sweep(deps, { uploads: live, fetches: new Set() }) };
}

test.each([2, 3])('leaves the file of an upload alone whose request ends while it looks, at read %i', async (at) => {
  const rows: UnfinishedUpload[] = [];
  const files = ['upload-one', 'upload-of-nobody'];
  const live = new Set(['one']);
  const { seen, run } = sweepOver(rows, files, live);
  seen.onRead = (reads) => {
    if (reads !== at) return;
    rows.push(resumable);
    live.delete('one');
  };
  await run();
  expect(files).toEqual(['upload-one']);
});

test('leaves an upload alone whose client came back since its rows were read', async () => {
  const files = ['upload-one'];
  const { run } = sweepOver([{ ...resumable, resumableUntil: earlier }], files, new Set());
  await run();
  expect(files).toEqual(['upload-one']);
});

test('leaves an upload alone to which its client comes back while it looks again', async () => {
  const files = ['upload-one'];
  const live = new Set<string>();
  const { seen, run } = sweepOver([{ ...resumable, resumableUntil: earlier }], files, live);
  seen.expiresAt = earlier;
  seen.onFind = () => void live.add('one');
  await run();
  expect(files).toEqual(['upload-one']);
});

test('ends an upload whose client does not come back', async () => {
  const files = ['upload-one'];
  const { seen, run } = sweepOver([{ ...resumable, resumableUntil: earlier }], files, new Set());
  seen.expiresAt = earlier;
  await run();
  expect(files).toEqual([]);
});
