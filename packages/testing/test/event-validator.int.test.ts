import { globSync, readFileSync } from 'node:fs';
import { asyncApiDocument } from '@odst/contracts/asyncapi';
import { describe, expect, test } from 'vitest';
import { createEventValidator } from '../src/event-validator.ts';

const golden = 'packages/contracts/test/golden';
const validator = createEventValidator(asyncApiDocument());
const read = (file: string): Record<string, unknown> & { data: Record<string, unknown> } =>
  JSON.parse(readFileSync(`${golden}/${file}`, 'utf8'));
const current = globSync('*/*.v1.json', { cwd: golden });

describe('the validator of events', () => {
  test.each(current)('takes the golden file %s', (file) => {
    expect(validator.problems(read(file))).toEqual([]);
    expect(validator.feedProblems({ ...read(file), feedsequence: '1'.padStart(20, '0') })).toEqual([]);
  });

  const good = read('storage/BlobVerified.v1.json');
  const withData = (change: Record<string, unknown>) => ({ ...good, data: { ...good.data, ...change } });
  const without = (name: string) => Object.fromEntries(Object.entries(good).filter(([key]) => key !== name));

  test.each([
    ['a number in place of a 64-bit one', withData({ sizeBytes: 12 })],
    ['a field that no proto has', withData({ password: 'x' })],
    ['a payload without one of its fields', { ...good, data: { blob: 'aa' } }],
    ['the payload of another event', { ...good, data: read('storage/BlobSealed.v1.json').data }],
    ['the schema of another event', { ...good, dataschema: 'urn:odst:schema:storage:BlobSealed:v1' }],
    ['the address of a caller', { ...good, remoteaddress: '192.0.2.7' }],
    ['no sequence', without('sequence')],
    ['an id of another kind', { ...good, id: '3d2f0a6e-5c41-4b7a-9e08-1f6b7c8d9e0a' }],
    ['a sequence without its zeros', { ...good, sequence: '12' }],
    ['a trace that is none', { ...good, traceparent: 'yes' }],
    ['a time that is none', { ...good, time: 'today' }],
    ['a place in the feed where there is none', { ...good, feedsequence: '1'.padStart(20, '0') }],
    ['a type that nobody knows', { ...good, type: 'org.odst.storage.BlobEaten.v1' }],
    ['a version that nobody knows', { ...good, type: 'org.odst.storage.BlobVerified.v2' }],
    ['too many bytes', withData({ source: 'x'.repeat(20_000) })],
    ['nothing', undefined],
  ])('refuses an event with %s', (_what, event) => {
    expect(validator.problems(event)).not.toEqual([]);
  });

  test.each([
    ['no place', good],
    ['a short place', { ...good, feedsequence: '1' }],
  ])('refuses an event of the feed with %s', (_what, event) => {
    expect(validator.feedProblems(event)).not.toEqual([]);
  });
});
