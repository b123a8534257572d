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
    const schema = messageSchema('odst.catalog.v1.PackageChange', refTo);
    expect(schema).toMatchObject({
      properties: {
        stamp: { type: 'string', pattern: '^-?[0-9]{1,19}$' },
        sets: { type: 'array', items: { $ref: '#/catalog.HeadSetting' } },
        datedAt: { type: 'string', format: 'date-time' },
      },
    });
    expect(schema['required']).toContain('sets');
    expect(schema['required']).not.toContain('datedAt');
    expect(messageSchema('odst.catalog.v1.HeadSetting', refTo)).toMatchObject({
      required: ['stage', 'byTheWay', 'seen'],
      properties: {
        byTheWay: { type: 'boolean' },
        content: { description: 'Not set: nothing.', allOf: [{ $ref: '#/catalog.Content' }] },
      },
    });
  });

  test('joins comments of several lines', () => {
    const { description } = messageSchema('odst.catalog.v1.PackageSealed', refTo);
    expect(description).toBe(
      'Content that was uploaded here has its manifest now: a change of this server that names it is complete and signed, and peers are told.',
    );
  });

  test('is refused for a name that is none', () => {
    expect(() => messageSchema('odst.catalog.v1.PackageEaten', refTo)).toThrow('odst.catalog.v1.PackageEaten');
  });
});

test('the messages within a message are those at any depth', () => {
  const within = (event: string) => [...messagesWithin(`odst.catalog.v1.${event}`)].toSorted();
  const named = (...names: readonly string[]) => names.map((name) => `odst.catalog.v1.${name}`);
  expect(within('PackageUploaded')).toEqual(named('Content', 'HeadSetting', 'PackageChange'));
  expect(within('PackageConflictDetected')).toEqual(named('ConflictWinner', 'Content'));
  expect([...messagesWithin('odst.sync.v1.ReplicationFailed')]).toEqual([]);
});
