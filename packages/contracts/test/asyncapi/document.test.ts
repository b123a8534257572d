import specs from '@asyncapi/specs';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { asyncApiDocument, publishedEvents, renderAsyncApi } from '../../src/asyncapi/index.ts';

const document = asyncApiDocument();
// The specification brings the schema of JSON Schema itself along; Ajv's own would be a second one of that name.
const ajv = new Ajv({ strict: false, allErrors: true, meta: false, validateSchema: false });
formats.default(ajv);
const specification = ajv.compile(specs.schemas['3.0.0'] as object);

/** All values under `$ref`, wherever they stand. */
function refsIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => (key === '$ref' ? [String(inner)] : refsIn(inner)));
}

/** What a reference within the document leads to. */
function target(ref: string): unknown {
  const steps = ref.replace(/^#\//, '').split('/');
  return steps.reduce<unknown>((value, step) => (value as Readonly<Record<string, unknown>> | undefined)?.[step], document);
}

describe('the AsyncAPI document', () => {
  test('is one by the schema of the specification 3.0', () => {
    expect(specification(document) ? [] : specification.errors).toEqual([]);
  });

  test.each([
    ['a channel without its form', { channels: { registration: 'odst.registration.v1' } }],
    ['an operation of an unknown kind', { operations: { one: { action: 'shout', channel: { $ref: '#/channels/feed' } } } }],
    ['no title', { info: { version: '1.0.0' } }],
  ])('would not be one with %s', (_what, fault) => {
    expect(specification({ ...document, ...fault })).toBe(false);
  });

  test('refers to nothing that is not there', () => {
    const refs = refsIn(document);
    expect(refs.length).toBeGreaterThan(100);
    expect(refs.filter((ref) => !ref.startsWith('#/') || target(ref) === undefined)).toEqual([]);
  });

  test('has a message for every event, on the topic of its service and in the HTTP feed', () => {
    const events = publishedEvents();
    for (const { service, key, type } of events) {
      expect(target(`#/components/messages/${key}`)).toMatchObject({ name: type, summary: expect.stringMatching(/./) });
      const message = { $ref: `#/components/messages/${key}` };
      expect(target(`#/channels/${service}/messages`)).toHaveProperty([key], message);
      expect(target('#/channels/feed/messages')).toHaveProperty([key], message);
    }
    expect(Object.keys(target('#/components/messages') as object)).toHaveLength(events.length + 2);
  });

  test('tells both ways in which the feed is read, and what each sends', () => {
    const messages = (operation: string) => target(`#/operations/${operation}/messages`);
    expect(messages('answer-feed')).toEqual([{ $ref: '#/channels/feed/messages/EventPage' }]);
    expect(messages('stream-feed')).toEqual([{ $ref: '#/channels/feed/messages/LiveEvent' }]);
    expect(target('#/components/messages/LiveEvent')).toMatchObject({ contentType: 'text/event-stream' });
  });

  test('describes every field', () => {
    const schemas = Object.entries(target('#/components/schemas') as Record<string, { properties?: Record<string, object> }>);
    const fields = schemas.flatMap(([name, { properties = {} }]) =>
      Object.entries(properties).map(([key, field]) => [`${name} ${key}`, field]),
    );
    const constants = ['specversion', 'datacontenttype'].map((name) => `CloudEvent ${name}`);
    const bare = fields.filter(([, field]) => (field as { description?: string }).description === undefined);
    expect(bare.map(([name]) => name)).toEqual(constants);
  });

  test('comes out of its YAML as it went in, the same at every call', () => {
    const text = renderAsyncApi();
    expect(parse(text)).toEqual(document);
    expect(renderAsyncApi()).toBe(text);
  });
});
