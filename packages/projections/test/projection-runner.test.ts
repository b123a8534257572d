import { OdstError } from '@odst/kernel';
import { translateDatabaseError } from '@odst/postgres';
import { expect, test } from 'vitest';
import { messageOf } from '../src/projection-runner.ts';

test('a failure tells of a statement what PostgreSQL said, and of all else its own text', () => {
  const driverError = Object.assign(new Error('duplicate key value'), { code: '23505' });
  expect(messageOf(translateDatabaseError(driverError))).toBe('duplicate key value');
  expect(messageOf(new OdstError('COMMON_DATABASE_UNAVAILABLE', 'it is away', {}, { cause: driverError }))).toBe('it is away');
  expect(messageOf(new Error('cannot take it'))).toBe('cannot take it');
});
