import { topicOf } from '@odst/event-bus';
import { describe, expect, test } from 'vitest';
import { topicNames } from '../src/topic-names.ts';

describe('the names on the brokers', () => {
  test('have the prefix of the server, which nobody else sees', () => {
    const names = topicNames('odst-berlin');
    expect(names.onBrokers(topicOf('catalog'))).toBe('odst-berlin.catalog.v1');
    expect(names.onPort('odst-berlin.catalog.v1')).toBe(topicOf('catalog'));
    expect(names.group('b6a3', 'catalog.blobs')).toBe('odst-berlin.b6a3.catalog.blobs');
  });

  test('are those of the port where the prefix is not set', () => {
    const names = topicNames('odst');
    expect(names.onBrokers('odst.catalog.v1')).toBe('odst.catalog.v1');
    expect(names.onPort('odst.catalog.v1')).toBe('odst.catalog.v1');
  });

  test('are of nothing else', () => {
    const names = topicNames('odst-berlin');
    expect(() => names.onBrokers('odst-berlin.catalog.v1')).toThrow('is no topic of odst');
    expect(() => names.onPort('odst.catalog.v1')).toThrow('is no topic of odst-berlin');
  });

  test.each([
    ['odst', 'odst-2'],
    ['odst-2', 'odst-3'],
    ['odst-berlin', 'odst-berlin-2'],
    ['9', '9-2'],
  ])('may begin anew after %s as %s', (prefix, next) => {
    expect(topicNames(prefix).nextPrefix).toBe(next);
  });
});
