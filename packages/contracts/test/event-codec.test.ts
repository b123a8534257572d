import { OdstError } from '@odst/kernel';
import { describe, expect, test } from 'vitest';
import { createEventCodec, envelopeBytes, maxEventBytes, maxPayloadBytes } from '../src/event-codec.ts';
import { catalogEventCodec, maxChangePayloadBytes, type PackageChange, type VersionEntry } from '../src/services/catalog.ts';
import { storageEventCodec } from '../src/services/storage.ts';

const data = {
  blob: 'aa',
  first: 0,
  count: 0,
  bitmap: new Uint8Array([1, 128]),
  verifiedCount: 0,
  totalCount: 2,
  source: '',
};

const blank: PackageChange = {
  ...{ uuid: '', filename: '', act: '', sets: [], iss: '', epoch: '', stamp: 0n, actor: '', reason: '', from: '' },
  ...{ datedAt: undefined, signature: new Uint8Array() },
};

describe('the event codec', () => {
  test('writes every field, zeros and empty strings too', () => {
    expect(storageEventCodec.encode({ type: 'ChunkVerified', data })).toEqual({
      type: 'ChunkVerified',
      schemaVersion: 1,
      data: { blob: 'aa', first: 0, count: 0, bitmap: 'AYA=', verifiedCount: 0, totalCount: 2, source: '' },
    });
  });

  test('writes empty lists', () => {
    const sets = [{ stage: '', content: undefined, byTheWay: false, seen: [] }];
    const change = { ...blank, sets };
    const { data: written } = catalogEventCodec.encode({
      type: 'PackageUploaded',
      data: { packageId: 0, change, uploadId: '', stage: 'Prod' },
    });
    expect(written).toMatchObject({
      packageId: 0,
      change: { stamp: '0', reason: '', signature: '', sets: [{ stage: '', byTheWay: false, seen: '' }], writers: '' },
      uploadId: '',
    });
  });

  test('reads back what it wrote', () => {
    const event = { type: 'ChunkVerified', data } as const;
    const decoded = storageEventCodec.decode(storageEventCodec.encode(event));
    expect(decoded.type).toBe('ChunkVerified');
    expect(decoded.data).toMatchObject({ ...data, bitmap: expect.anything() });
    expect([...(decoded.data as typeof data).bitmap]).toEqual([1, 128]);
  });

  test('keeps 64-bit sizes exact', () => {
    const sizeBytes = 9_007_199_254_740_993n;
    const encoded = storageEventCodec.encode({
      type: 'BlobFetchStarted',
      data: { blob: 'aa', sizeBytes, manifestDigest: '', totalCount: 1, source: '' },
    });
    expect(encoded.data['sizeBytes']).toBe('9007199254740993');
    expect(storageEventCodec.decode(encoded).data).toMatchObject({ sizeBytes });
  });

  test('refuses an event that it does not know, and one newer than it knows', () => {
    const unknown = new OdstError('COMMON_EVENT_UNKNOWN', 'the event BlobEaten of version 1 is not known here');
    expect(() => storageEventCodec.decode({ type: 'BlobEaten', schemaVersion: 1, data: {} })).toThrow(unknown);
    expect(() => storageEventCodec.decode({ type: 'toString', schemaVersion: 1, data: {} })).toThrow(OdstError);
    expect(() => storageEventCodec.decode({ type: 'BlobVerified', schemaVersion: 2, data: {} })).toThrow(OdstError);
    expect(storageEventCodec.knows('BlobEaten')).toBe(false);
    expect(storageEventCodec.reads({ type: 'BlobEaten', schemaVersion: 1 })).toBe(false);
    expect(storageEventCodec.reads({ type: 'BlobVerified', schemaVersion: 2 })).toBe(false);
    expect(storageEventCodec.reads({ type: 'BlobVerified', schemaVersion: 1 })).toBe(true);
  });

  test('upcasts an old version step by step', () => {
    const message = { toJSON: (value: { c: number }) => value, fromJSON: (json: unknown) => json as { c: number } };
    const codec = createEventCodec({
      Counted: { message, upcasters: [(old) => ({ b: Number(old['a']) + 1 }), (old) => ({ c: Number(old['b']) + 1 })] },
    });
    expect(codec.decode({ type: 'Counted', schemaVersion: 1, data: { a: 1 } })).toEqual({ type: 'Counted', data: { c: 3 } });
    expect(codec.decode({ type: 'Counted', schemaVersion: 2, data: { b: 1 } })).toEqual({ type: 'Counted', data: { c: 2 } });
    expect(codec.encode({ type: 'Counted', data: { c: 3 } })).toMatchObject({ schemaVersion: 3 });
  });
});

describe('the size of an event', () => {
  const removed = (reason: string) =>
    storageEventCodec.encode({ type: 'BlobRemoved', data: { blob: 'aa', reason, sizeBytes: 1n, unreferencedSince: undefined } });
  const rest = JSON.stringify(removed('').data).length;

  test('is refused over the limit of its type, before anything is stored, and counted in bytes', () => {
    expect(JSON.stringify(removed('x'.repeat(maxPayloadBytes - rest)).data)).toHaveLength(maxPayloadBytes);
    const tooLarge = expect.objectContaining({ code: 'COMMON_EVENT_TOO_LARGE' });
    expect(() => removed('x'.repeat(maxPayloadBytes - rest + 1))).toThrow(tooLarge);
    expect(() => removed('ü'.repeat(maxPayloadBytes / 2))).toThrow(tooLarge);
  });

  test('leaves room for the attributes around the payload', () => {
    expect(maxPayloadBytes + envelopeBytes).toBe(maxEventBytes);
    expect(maxEventBytes).toBe(20_000);
  });

  test('may be larger for changes, which name every start of every server in which the package was changed', () => {
    const encode = (writers: number, more: Partial<PackageChange> = {}) => {
      // Of each head others, as many as there may be in all.
      const sets = ['Dev', 'Test', 'Prod'].map((stage, head) => {
        const seen = Array.from({ length: writers }, (_, index): VersionEntry => {
          const number = (index * 3 + head).toString(16).padStart(16, '0');
          return { writer: `${'a'.repeat(32)}.${number}`, stamp: 2n ** 62n };
        });
        return { stage, content: undefined, byTheWay: false, seen };
      });
      const change = { ...blank, uuid: 'a'.repeat(32), filename: 'x'.repeat(255), signature: new Uint8Array(64), sets, ...more };
      return catalogEventCodec.encode({ type: 'PackageAnnounced', data: { packageId: 1, change, fromIss: '' } });
    };
    // A vector has 500 names at most.
    const { data: largest } = encode(500, { reason: '\u{1}'.repeat(1_000) });
    expect(JSON.stringify(largest).length).toBeGreaterThan(maxEventBytes);
    expect(() => encode(700)).toThrow(
      expect.objectContaining({
        code: 'COMMON_EVENT_TOO_LARGE',
        details: expect.objectContaining({ maxBytes: maxChangePayloadBytes }),
      }),
    );
  });
});
