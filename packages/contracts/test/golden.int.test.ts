import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { CloudEvent } from '@odst/event-bus';
import { describe, expect, test } from 'vitest';
import { messagesOfFile } from '../src/asyncapi/index.ts';
import { currentVersionOf } from '../src/event-codec.ts';
import { createEventCodec, type EventSchemas } from '../src/index.ts';
import { eventsOfServices } from '../src/services.ts';
import { type Golden, goldenProblems, type Written } from './golden-problems.ts';

const folder = fileURLToPath(new URL('golden/', import.meta.url));
const goldens = globSync('*/*.json', { cwd: folder }).map((file): Golden => ({ file, event: readGolden(file) }));

function readGolden(file: string): CloudEvent {
  return JSON.parse(readFileSync(`${folder}${file}`, 'utf8'));
}

const goldensOf = (service: string) => goldens.filter(({ file }) => file.startsWith(`${service}/`));

function writtenBy(service: string, schemas: EventSchemas): Written {
  const versions = new Map(Object.entries(schemas).map(([name, schema]) => [name, currentVersionOf(schema)]));
  return { service, versions, codec: createEventCodec(schemas) };
}

describe.each(Object.entries(eventsOfServices))('the events of %s', (service, schemas) => {
  const written = writtenBy(service, schemas);

  test('have a golden file for each version, which today’s codec reads and writes', () => {
    expect(goldenProblems(written, goldensOf(service))).toEqual([]);
  });

  test('are the messages that the protos declare for them', () => {
    expect(Object.keys(schemas).toSorted()).toEqual(messagesOfFile(`odst/${service}/v1/events.proto`).toSorted());
  });

  test('are shown by their golden files without a zero, so that a lost field is seen', () => {
    const zeros = goldensOf(service).filter(
      ({ file, event }) => /[.]v\d+[.]json$/.test(file) && Object.values(event.data).some(isZero),
    );
    expect(zeros).toEqual([]);
  });
});

test('every golden file belongs to a service', () => {
  const services = new Set(Object.keys(eventsOfServices));
  expect(goldens.filter(({ file }) => !services.has(file.split('/')[0] ?? ''))).toEqual([]);
});

const isZero = (value: unknown): boolean => value === '' || value === 0 || value === '0' || value === false;

describe('the test of the golden files finds', () => {
  const schemas = eventsOfServices['storage'] ?? {};
  const written = writtenBy('storage', schemas);
  const good = goldensOf('storage');
  const changed = (file: string, change: (event: CloudEvent) => CloudEvent) =>
    good.map((golden) => (golden.file === file ? { file, event: change(golden.event) } : golden));
  const file = 'storage/BlobSealed.v1.json';

  test('an event without a golden file', () => {
    const rest = good.filter((golden) => golden.file !== file);
    expect(goldenProblems(written, rest)).toEqual([`${file} is missing`]);
  });

  test('a version without a golden file', () => {
    const newer = { ...written, versions: new Map([...written.versions, ['BlobRemoved', 2]]) };
    expect(goldenProblems(newer, good)).toEqual(['storage/BlobRemoved.v2.json is missing']);
  });

  test('an event that is not read any more', () => {
    const { BlobSealed: _gone, ...rest } = schemas;
    expect(goldenProblems(writtenBy('storage', rest), good)).toEqual([`${file}: there is no event BlobSealed any more`]);
    const broken = changed('storage/BlobVerified.v1.json', (event) => ({ ...event, data: { ...event.data, sizeBytes: 'much' } }));
    expect(goldenProblems(written, broken)).toEqual([expect.stringContaining('storage/BlobVerified.v1.json: it is not read')]);
  });

  test.each([
    ['a field that is written no longer', (event: CloudEvent) => ({ ...event, data: { ...event.data, lost: 'x' } })],
    ['a field that is new', ({ data: { manifestDigest: _new, ...data }, ...event }: CloudEvent) => ({ ...event, data })],
    ['a field of another form', (event: CloudEvent) => ({ ...event, data: { ...event.data, blob: 7 } })],
    ['an attribute of another form', (event: CloudEvent) => ({ ...event, dataschema: 'urn:x' })],
    ['an attribute that is written no longer', (event: CloudEvent) => ({ ...event, remoteaddress: '192.0.2.7' })],
  ])('%s', (_what, change) => {
    expect(goldenProblems(written, changed(file, change))).toEqual([expect.stringContaining(`${file}: today this would`)]);
  });

  test('what is written in place of an older form, where it lacks something of that', () => {
    const older = (event: CloudEvent) => [...good, { file: 'storage/BlobSealed.v1.shorter.json', event }];
    const { event } = good.find((golden) => golden.file === file) as Golden;
    const { manifestDigest: _later, ...data } = event.data;
    expect(goldenProblems(written, older({ ...event, data }))).toEqual([]);
    expect(goldenProblems(written, older({ ...event, data: { ...data, lost: 'x' } }))).toHaveLength(1);
  });
});
