import { catalogEventCodec, catalogEvents, type PackageChange } from '@odst/contracts/catalog';
import { registrationEvents } from '@odst/contracts/registration';
import { storageEvents } from '@odst/contracts/storage';
import { syncEvents } from '@odst/contracts/sync';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { type EventMessage, messageOf, type ServerEvent, serverEvent } from '../../src/events/event-message.ts';
import type { EventPayloads } from '../../src/events/event-payloads.ts';
import type { JsonObject } from '../../src/events/json-form.ts';
import { isKnownEventType, knownEventTypes } from '../../src/events/known-events.ts';
import { feedEvent } from '../feed-event.ts';

describe('the types of events', () => {
  test('are those of the contracts', () => {
    const all = { registration: registrationEvents, catalog: catalogEvents, storage: storageEvents, sync: syncEvents };
    const versionOf = (schema: { upcasters?: readonly unknown[] }) => (schema.upcasters ?? []).length + 1;
    const types = Object.entries(all).flatMap(([service, events]) =>
      Object.entries(events).map(([name, schema]) => `org.odst.${service}.${name}.v${versionOf(schema)}`),
    );
    expect(knownEventTypes.toSorted()).toEqual(types.toSorted());
    expect(isKnownEventType('toString')).toBe(false);
  });

  test('have data in the form of JSON', () => {
    const content = { sha256: 'aa', sha1: 'bb', sizeBytes: 9_007_199_254_740_993n, manifestDigest: '' };
    const seen = [{ writer: `${'0'.repeat(32)}.${'0'.repeat(16)}`, stamp: 7n }];
    const by = { iss: '', epoch: '', stamp: 0n, actor: '', datedAt: undefined };
    const change: PackageChange = {
      ...{ uuid: '', filename: 'a.pkg', act: 'upload', reason: '', from: '', ...by, signature: new Uint8Array(2) },
      sets: [{ stage: 'Prod', content, byTheWay: false, seen }],
    };
    const { data } = catalogEventCodec.encode({
      type: 'PackageUploaded',
      data: { packageId: 1, change, uploadId: 'u', stage: 'Prod' },
    });
    const typed = data as unknown as EventPayloads['org.odst.catalog.PackageUploaded.v1'];
    expectTypeOf(typed.packageId).toEqualTypeOf<number>();
    expectTypeOf(typed.change?.signature).toEqualTypeOf<string | undefined>();
    expectTypeOf(typed.change?.sets[0]?.content?.sizeBytes).toEqualTypeOf<string | undefined>();
    expectTypeOf(typed.change?.sets[0]?.seen).toEqualTypeOf<string | undefined>();
    expect(typed.change).toMatchObject({
      filename: 'a.pkg',
      sets: [{ content: { sizeBytes: '9007199254740993' }, seen: 'gAAAAAAAAAAH' }],
      writers: 'A'.repeat(32),
      signature: 'AAA=',
    });
  });
});

describe('a message', () => {
  test('is narrowed by its type, and unknown where the type is newer than the client', () => {
    const describeMessage = (message: EventMessage): string => {
      switch (message.type) {
        case 'org.odst.catalog.PackagePublished.v1':
          expectTypeOf(message.event.data.packageId).toEqualTypeOf<number>();
          return `package ${message.event.data.packageId}`;
        case 'unknown':
          expectTypeOf(message.event.data).toEqualTypeOf<JsonObject>();
          return `unknown ${message.event.type}`;
        default:
          return message.type;
      }
    };
    expect(describeMessage(messageOf(feedEvent(3), '3'))).toBe('package 3');
    expect(describeMessage(messageOf(feedEvent(3, 'org.odst.catalog.PackagePublished.v2'), '3'))).toBe(
      'unknown org.odst.catalog.PackagePublished.v2',
    );
    expect(describeMessage(messageOf(feedEvent(3, 'org.odst.notification.EmailSent.v1'), '3'))).toContain('unknown');
  });

  test('keeps attributes that the client does not know', () => {
    const event = { ...feedEvent(1), newextension: 'x' };
    expect(messageOf(serverEvent(event), '1').event).toEqual(event);
  });

  test.each([null, 'text', {}, { id: 'a' }, { id: 'a', type: 'b' }, { id: 1, type: 'b', data: {} }])(
    'is not made of %o',
    (value) => {
      expect(() => serverEvent(value)).toThrow('no CloudEvent');
    },
  );

  test('is an event that anybody can write down', () => {
    expectTypeOf(feedEvent(1)).toEqualTypeOf<ServerEvent>();
  });
});
