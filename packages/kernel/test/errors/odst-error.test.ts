import { describe, expect, it } from 'vitest';
import { isOdstError, OdstError } from '../../src/errors/odst-error.ts';

describe('an error of the product', () => {
  it('carries its code, what happened, facts and the cause', () => {
    const cause = new Error('ENOSPC');
    const error = new OdstError('STORAGE_DISK_FULL', 'no room for 12 bytes', { freeBytes: 3 }, { cause });
    expect(error).toMatchObject({
      name: 'OdstError',
      code: 'STORAGE_DISK_FULL',
      message: 'no room for 12 bytes',
      details: { freeBytes: 3 },
      cause,
    });
    expect(error.stack).toContain('odst-error.test.ts');
  });

  it('has no facts unless some are given', () => {
    expect(new OdstError('COMMON_INTERNAL', 'broken').details).toEqual({});
  });

  it('is told from every other error, and by its code where one is asked for', () => {
    const error: unknown = new OdstError('COMMON_COMMAND_CONFLICT', 'stale');
    expect(isOdstError(error)).toBe(true);
    expect(isOdstError(error, 'COMMON_COMMAND_CONFLICT')).toBe(true);
    expect(isOdstError(error, 'COMMON_INTERNAL')).toBe(false);
    expect([new Error('stale'), undefined, null, { code: 'COMMON_COMMAND_CONFLICT' }].some((other) => isOdstError(other))).toBe(
      false,
    );
  });
});
