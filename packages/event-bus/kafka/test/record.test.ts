import { aMessage } from '@odst/event-bus/contract';
import { describe, expect, test } from 'vitest';
import { messageOf, recordOf, storedRecordOf } from '../src/record.ts';
import { requestsOf } from '../src/transactional-producer.ts';

const fetched = (record: ReturnType<typeof recordOf>) => ({
  offset: '41',
  key: Buffer.from(String(record.key)),
  value: Buffer.from(record.value),
  headers: record.headers ?? {},
});

describe('a record', () => {
  test('is a CloudEvent in structured mode, keyed', () => {
    const message = aMessage(7n, 'a package');
    const { key, value, headers } = recordOf(message, 3n);
    expect(key).toBe('a package');
    expect(JSON.parse(value)).toEqual(message.event);
    expect(headers).toEqual({
      'content-type': 'application/cloudevents+json; charset=UTF-8',
      'odst-position': '7',
      'odst-fence': '3',
    });
  });

  test('gives its message back, with its place and its fence', () => {
    const message = aMessage(7n, 'ä package');
    const stored = storedRecordOf(2, fetched(recordOf(message, 3n)));
    expect(stored).toMatchObject({ partition: 2, offset: 41n, position: 7n, fence: 3n });
    expect(stored && messageOf(message.topic, stored)).toEqual(message);
  });

  test('of somebody else is none of ours', () => {
    const ours = fetched(recordOf(aMessage(7n), 3n));
    const { 'odst-position': _, ...others } = ours.headers;
    for (const strange of [
      { ...ours, headers: others },
      { ...ours, headers: { ...ours.headers, 'odst-position': 'seven' } },
      { ...ours, value: null },
      { ...ours, key: null },
    ]) {
      expect(storedRecordOf(0, strange)).toBeUndefined();
    }
  });

  test('goes into a request of at most 900,000 bytes with others, in order', () => {
    const records = Array.from({ length: 300 }, (_, index) => ({ key: `${index}`, value: 'ä'.repeat(5_000) }));
    const requests = requestsOf(records);
    expect(requests.flat()).toEqual(records);
    expect(requests.length).toBe(4);
    for (const request of requests) {
      expect(request.reduce((bytes, { value }) => bytes + Buffer.byteLength(value), 0)).toBeLessThan(900_000);
    }
  });
});
