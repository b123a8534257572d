import { OdstError } from '@odst/kernel';
import { describe, expect, test } from 'vitest';
import { translateEventStoreDbError } from '../src/index.ts';

function clientError(message: string, facts: { readonly type?: string; readonly code?: number } = {}): Error {
  return Object.assign(new Error(message), facts);
}

describe('translation of client errors', () => {
  test.each([
    clientError('14 UNAVAILABLE: No connection established', { type: 'unavailable', code: 14 }),
    clientError('4 DEADLINE_EXCEEDED', { type: 'deadline-exceeded', code: 4 }),
    clientError('commit timeout', { type: 'timeout' }),
    clientError('1 CANCELLED', { type: 'cancelled', code: 1 }),
    clientError('Leader info available', { type: 'not-leader' }),
    clientError('13 INTERNAL: Received RST_STREAM with code 2', { type: 'unknown', code: 13 }),
    clientError('Failed to discover after 10 attempts.'),
    clientError('Channel has been shut down'),
    clientError('14 UNAVAILABLE: Connection dropped', { code: 14 }),
    Object.assign(clientError('5 NOT_FOUND: Leader info available', { code: 5 }), { metadata: { get: () => ['not-leader'] } }),
  ])('$message ($type) is a server out of reach', (error) => {
    expect(translateEventStoreDbError(error)).toMatchObject({ code: 'COMMON_DATABASE_UNAVAILABLE', cause: error });
  });

  test.each([
    clientError('7 PERMISSION_DENIED', { type: 'access-denied', code: 7 }),
    clientError('16 UNAUTHENTICATED', { type: 'unknown', code: 16 }),
    clientError('7 PERMISSION_DENIED: Access Denied', { code: 7 }),
  ])('$message is a wrong setting', (error) => {
    expect(translateEventStoreDbError(error).code).toBe('COMMON_SETTING_INVALID');
  });

  test.each([
    clientError('3 INVALID_ARGUMENT: Maximum Append Size of 1048576 Exceeded.', { type: 'maximum-append-size-exceeded' }),
    clientError('x is undefined'),
    'a text',
  ])('%s is a defect, and its text stays inside', (error) => {
    const translated = translateEventStoreDbError(error);
    expect(translated).toMatchObject({ code: 'COMMON_INTERNAL', cause: error });
    expect(translated.message).toBe('EventStoreDB failed a request');
  });

  test('errors of the product pass unchanged', () => {
    const error = new OdstError('COMMON_COMMAND_CONFLICT', 'at version 2');
    expect(translateEventStoreDbError(error)).toBe(error);
  });
});
