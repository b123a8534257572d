import { describe, expect, test } from 'vitest';
import { messageSchema, messagesWithin, schemaNameOf } from '../../src/asyncapi/json-schema.ts';

const refTo = (fullName: string) => `#/${schemaNameOf(fullName)}`;

describe('the schema of a message', () => {
  test('has each type as the codec writes it, with the comments of the protos', () => {
    expect(messageSchema('odst.storage.v1.ChunkVerified', refTo)).toMatchObject({
      type: 'object',
      description: 'Chunks of one aligned group of 64 are verified and durable.',
      required: ['blob', 'first', 'count', 'bitmap', 'verifiedCount', 'totalCount', 'source'],
      properties: {
        blob: { type: 'string', description: 'Content, hex.' },
        first: { type: 'integer', format: 'int32' },
        bitmap: { type: 'string', contentEncoding: 'base64' },
      },
    });
  });

  test('has 64-bit numbers as strings, lists, other messages, and times; only messages may be missing', () => {
    const schema = messageSchema('odst.catalog.v1.PackageRecord', refTo);
    expect(schema).toMatchObject({
      properties: {
        sizeBytes: { type: 'string', pattern: '^-?[0-9]{1,19}$' },
        deleted: { type: 'boolean' },
        versionVector: { type: 'array', items: { $ref: '#/catalog.VersionEntry' } },
        createdAt: { type: 'string', format: 'date-time' },
        concurrent: { type: 'array', items: { $ref: '#/catalog.PackageRecord' } },
      },
    });
    expect(schema['required']).toContain('concurrent');
    expect(schema['required']).not.toContain('createdAt');
    expect(messageSchema('odst.catalog.v1.PackageUploaded', refTo)).toMatchObject({
      required: ['packageId', 'uploadId'],
      properties: { record: { description: 'State after the upload.', allOf: [{ $ref: '#/catalog.PackageRecord' }] } },
    });
  });

  test('joins comments of several lines', () => {
    const { description } = messageSchema('odst.catalog.v1.PackageSealed', refTo);
    expect(description).toBe(
      'Content that was uploaded here has its manifest now: the changes of this server that name it are complete and signed, and peers are told.',
    );
  });

  test('is refused for a name that is none', () => {
    expect(() => messageSchema('odst.catalog.v1.PackageEaten', refTo)).toThrow('odst.catalog.v1.PackageEaten');
  });
});

test('the messages within a message are those at any depth', () => {
  const within = ['odst.catalog.v1.PackageRecord', 'odst.catalog.v1.VersionEntry'];
  expect([...messagesWithin('odst.catalog.v1.PackageUploaded')].toSorted()).toEqual(within);
  expect([...messagesWithin('odst.catalog.v1.PackageRecord')].toSorted()).toEqual(within);
  expect([...messagesWithin('odst.sync.v1.ReplicationFailed')]).toEqual([]);
});
