import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ReceivedUpload, type UploadCommand, type UploadEvent, uploadDecider } from '../../src/domain/upload.ts';
import { scenario } from './given.ts';

const uploadId = '7b0c7c3c-30dd-4f0c-9a0e-5d4f3c4b2a10';
const received: ReceivedUpload = {
  filename: 'NoMAD.pkg',
  stage: 'Prod',
  sha256: 'a'.repeat(64),
  sha1: 'b'.repeat(40),
  sizeBytes: 3,
  manifestDigest: 'c'.repeat(64),
  replace: false,
  replaces: '',
};
const started: UploadEvent = { type: 'UploadStarted', data: { uploadId, filename: 'NoMAD.pkg', declaredBytes: 3n } };
const completed: UploadEvent = { type: 'UploadCompleted', data: { uploadId, ...received, sizeBytes: 3n } };
const accepted: UploadEvent = { type: 'UploadAccepted', data: { uploadId, sha256: received.sha256 } };
const discarded: UploadEvent = {
  type: 'UploadDiscarded',
  data: { uploadId, sha256: received.sha256, code: 'CATALOG_FILENAME_TAKEN' },
};
const aborted: UploadEvent = { type: 'UploadAborted', data: { uploadId, code: 'STORAGE_UPLOAD_TRUNCATED', reason: 'gone' } };

const start: UploadCommand = { type: 'StartUpload', uploadId, filename: 'NoMAD.pkg', declaredBytes: 3 };
const complete: UploadCommand = { type: 'CompleteUpload', uploadId, ...received };
const accept: UploadCommand = { type: 'AcceptUpload', uploadId };
const discard: UploadCommand = { type: 'DiscardUpload', uploadId, code: 'CATALOG_FILENAME_TAKEN' };
const abort: UploadCommand = { type: 'AbortUpload', uploadId, code: 'STORAGE_UPLOAD_TRUNCATED', reason: 'gone' };

const { given } = scenario(uploadDecider);

describe('an upload', () => {
  test('starts, completes and is accepted', () => {
    given().when(start).then(started);
    given(started).when(complete).then(completed);
    given(started, completed).when(accept).then(accepted);
  });
  test('is discarded when the catalogue refuses it', () => given(started, completed).when(discard).then(discarded));
  test('aborts before it is complete, and only then', () => {
    given(started).when(abort).then(aborted);
    given(started, completed).when(abort).refusedAs('COMMON_COMMAND_CONFLICT');
  });
  test('has nothing to abort when it never started', () => given().when(abort).then());
  test('ends once: the same end again changes nothing', () => {
    given(started, completed, accepted).when(accept).then();
    given(started, completed, discarded).when(discard).then();
    given(started, aborted).when(abort).then();
  });
  test('never changes its end', () => {
    given(started, completed, accepted).when(discard).refusedAs('COMMON_COMMAND_CONFLICT');
    given(started, completed, discarded).when(accept).refusedAs('COMMON_COMMAND_CONFLICT');
    given(started, aborted).when(complete).refusedAs('COMMON_COMMAND_CONFLICT');
  });
  test('cannot complete without a start, nor start twice', () => {
    given().when(complete).refusedAs('COMMON_COMMAND_CONFLICT');
    given(started).when(start).refusedAs('COMMON_COMMAND_CONFLICT');
  });
});

test('whatever is asked in whatever order, an upload has one end and is accepted or discarded only when complete', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(start, complete, accept, discard, abort), { maxLength: 20 }), (commands) => {
      const types: string[] = [];
      let state = uploadDecider.initialState();
      for (const command of commands) {
        let events: readonly UploadEvent[] = [];
        try {
          events = uploadDecider.decide(command, state);
        } catch {
          continue;
        }
        types.push(...events.map(({ type }) => type));
        state = events.reduce(uploadDecider.evolve, state);
      }
      const ends = types.filter((type) => ['UploadAborted', 'UploadAccepted', 'UploadDiscarded'].includes(type));
      expect(ends.length).toBeLessThanOrEqual(1);
      expect(new Set(types).size).toBe(types.length);
      expect(ends[0] === undefined || ends[0] === types.at(-1)).toBe(true);
    }),
  );
});
