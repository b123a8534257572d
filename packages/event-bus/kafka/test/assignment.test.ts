import type { Progress } from '@odst/event-bus';
import { createSilentLogger } from '@odst/telemetry';
import { eventually } from '@odst/testing';
import { expect, onTestFinished, test } from 'vitest';
import { startAssignment } from '../src/assignment.ts';
import type { RawRecord } from '../src/record.ts';

/** A topic of one partition whose start is read when the test says so, and whose handler hangs. */
function anAssignment(valueBytes: number) {
  const paused = new Set<number>();
  const start = Promise.withResolvers<void>();
  const handling = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const progress: Progress = { position: 0n, waiting: [] };
  const assignment = startAssignment({
    topic: 'odst.notes.v1',
    logger: createSilentLogger(),
    after: Promise.resolve(),
    fresh: progress,
    concurrency: 1,
    handler: async () => {
      begun.resolve();
      await handling.promise;
    },
    readStart: async () => {
      await start.promise;
      return { progress, offsets: new Map([[0, 0n]]), isCommitted: true };
    },
    readEnds: async () => new Map(),
    save: async () => undefined,
    commit: async () => undefined,
    seek: () => undefined,
    pause: (partition) => void paused.add(partition),
    resume: (partition) => void paused.delete(partition),
  });
  onTestFinished(async () => {
    start.resolve();
    handling.resolve();
    await assignment[Symbol.asyncDispose]();
  });
  let last = 0;
  const value = Buffer.from(JSON.stringify({ text: 'x'.repeat(valueBytes) }));
  const records = (count: number): readonly RawRecord[] =>
    Array.from({ length: count }, () => {
      last += 1;
      return {
        offset: String(last - 1),
        key: Buffer.from('k'),
        value,
        headers: { 'odst-position': String(last), 'odst-fence': '1' },
      };
    });
  return { assignment, paused, records, start, begun };
}

test('a partition of which too much came before the start was known stays paused', async () => {
  const { assignment, paused, records, start, begun } = anAssignment(10);
  assignment.add(0, records(6_000));
  expect(paused.has(0)).toBe(true);
  start.resolve();
  await begun.promise;
  expect(paused.has(0)).toBe(true);
});

test('a partition of which little came goes on', async () => {
  const { assignment, paused, records, start } = anAssignment(10);
  assignment.add(0, records(10));
  start.resolve();
  await eventually(() => !paused.has(0));
});

test('large records pause a partition by their bytes', async () => {
  const { assignment, paused, records, start, begun } = anAssignment(100_000);
  start.resolve();
  assignment.add(0, records(1));
  await begun.promise;
  assignment.add(0, records(100));
  expect(paused.has(0)).toBe(false);
  assignment.add(0, records(100));
  expect(paused.has(0)).toBe(true);
});
