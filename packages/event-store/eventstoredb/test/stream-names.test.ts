import { describe, expect, test } from 'vitest';
import { streamNames } from '../src/stream-names.ts';

describe('names of streams', () => {
  test('tell server, service and aggregate, and lead back', () => {
    const names = streamNames('odst', 'catalog');
    expect(names.log).toBe('odst-catalog');
    expect(names.of('package-1')).toBe('odst.catalog.package-1');
    expect(names.aggregateOf(names.of('package-ü.x'))).toBe('package-ü.x');
  });

  test.each(['', 'a-b', 'a.b', '$all', 'a'.repeat(41), 'ü'])('refuse the prefix %j', (prefix) => {
    expect(() => streamNames(prefix, 'catalog')).toThrow(expect.objectContaining({ code: 'COMMON_SETTING_INVALID' }));
  });
});
