import type { DomainEvent, EventCodec, JsonObject, RecordedEvent } from '@odst/event-store';
import { describe, expect, test } from 'vitest';
import { aggregateIdOf, eventNameOf, payloadOf, readEvent, toCloudEvent } from '../../src/index.ts';

const origin = { service: 'catalog', iss: 'b6a3' };
const event: RecordedEvent = {
  id: '6f9619ff-8b86-5011-b42d-00cf4fc964ff',
  type: 'PackageUploaded',
  schemaVersion: 2,
  stream: 'package-0b0e6f6e-36a1-5b7d-8f5f-3f2d3f3c9a11',
  version: 4,
  position: 1234n,
  data: { filename: 'NoMAD.pkg', sizeBytes: '15000000000' },
  recordedAt: new Date('2026-03-01T12:00:00.250Z'),
  metadata: {
    actor: 'account:admin',
    remoteAddress: '192.0.2.7',
    commandId: 'a command',
    correlationId: 'a correlation',
    causationId: 'a cause',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  },
};

describe('the published form of an event', () => {
  test('is a structured CloudEvent with our extensions', () => {
    expect(toCloudEvent(origin, event)).toEqual({
      specversion: '1.0',
      id: event.id,
      source: 'urn:odst:server:b6a3',
      type: 'org.odst.catalog.PackageUploaded.v2',
      subject: event.stream,
      time: '2026-03-01T12:00:00.250Z',
      datacontenttype: 'application/json',
      dataschema: 'urn:odst:schema:catalog:PackageUploaded:v2',
      sequence: '00000000000000001234',
      partitionkey: '0b0e6f6e-36a1-5b7d-8f5f-3f2d3f3c9a11',
      actor: 'account:admin',
      correlationid: 'a correlation',
      causationid: 'a cause',
      traceparent: event.metadata.traceparent,
      data: event.data,
    });
  });

  test('never holds the address of the caller', () => {
    expect(JSON.stringify(toCloudEvent(origin, event))).not.toContain('192.0.2.7');
  });

  test('leaves out what there is not, and names attributes as CloudEvents allows', () => {
    const { metadata } = event;
    const published = toCloudEvent(origin, { ...event, metadata: { ...metadata, causationId: '', traceparent: '' } });
    expect(Object.keys(published)).not.toEqual(expect.arrayContaining(['causationid']));
    expect(Object.keys(published)).not.toEqual(expect.arrayContaining(['traceparent']));
    for (const attribute of Object.keys(published)) expect(attribute).toMatch(/^[a-z0-9]{1,20}$/);
  });

  test('leads back to name, version and payload', () => {
    const published = toCloudEvent(origin, event);
    expect(eventNameOf(published.type)).toBe('PackageUploaded');
    expect(payloadOf(published)).toEqual({ type: 'PackageUploaded', schemaVersion: 2, data: event.data });
  });
});

test('an event of another origin has no name here, and no payload to decode', () => {
  expect(eventNameOf('com.example.thing')).toBeUndefined();
  expect(() => payloadOf({ ...toCloudEvent(origin, event), type: 'com.example.thing' })).toThrow('com.example.thing');
});

test('the aggregate id is what stands behind the first hyphen of the stream', () => {
  expect(aggregateIdOf('blob-abc')).toBe('abc');
  expect(aggregateIdOf('peer-a-b-c')).toBe('a-b-c');
  expect(aggregateIdOf('server')).toBe('server');
});

describe('an event that a consumer reads', () => {
  const codec: EventCodec<DomainEvent<'PackageUploaded', JsonObject>> = {
    encode: () => {
      throw new Error('nothing is written here');
    },
    decode: ({ data }) => ({ type: 'PackageUploaded', data }),
    knows: (type) => type === 'PackageUploaded',
    reads: ({ type, schemaVersion }) => type === 'PackageUploaded' && schemaVersion <= 2,
  };
  const published = toCloudEvent(origin, event);

  test('is what the codec makes of it', () => {
    expect(readEvent(codec, published)).toEqual({ type: 'PackageUploaded', data: event.data });
  });

  test.each([
    ['of a newer version', 'org.odst.catalog.PackageUploaded.v3'],
    ['of another type', 'org.odst.catalog.PackageEaten.v1'],
    ['of another origin', 'com.example.thing'],
  ])('is nothing where it is %s', (_what, type) => {
    expect(readEvent(codec, { ...published, type })).toBeUndefined();
  });
});
