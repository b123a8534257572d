import { OdstError } from '@odst/kernel';
import { describe, expect, test } from 'vitest';
import { isConnectionLoss, sqlStateOf, translateDatabaseError } from '../src/index.ts';

function driverError(message: string, code?: string): Error {
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}

describe('translation of driver errors', () => {
  test.each([
    driverError('connect ECONNREFUSED', 'ECONNREFUSED'),
    driverError('connect ENOENT /tmp/x/.s.PGSQL.5432', 'ENOENT'),
    driverError('terminating connection due to administrator command', '57P01'),
    driverError('the database system is starting up', '57P03'),
    driverError('sorry, too many clients already', '53300'),
    driverError('could not extend file', '53100'),
    driverError('connection failure', '08006'),
    driverError('Connection terminated unexpectedly'),
    driverError('timeout exceeded when trying to connect'),
    driverError('Query read timeout'),
    driverError('Client has encountered a connection error and is not queryable'),
    driverError('Cannot use a pool after calling end on the pool'),
    new AggregateError([driverError('connect ECONNREFUSED 127.0.0.1:5432', 'ECONNREFUSED')], 'no address answered'),
  ])('$message ($code) is a database out of reach', (error) => {
    expect(isConnectionLoss(error)).toBe(true);
    expect(translateDatabaseError(error)).toMatchObject({ code: 'COMMON_DATABASE_UNAVAILABLE', cause: error });
  });

  test.each([
    driverError('Query read timeout'),
    driverError('Connection terminated unexpectedly'),
    driverError('read ECONNRESET', 'ECONNRESET'),
    driverError('terminating connection due to administrator command', '57P01'),
  ])('after $message ($code) what was asked may have taken place, and the error says so', (error) => {
    expect(translateDatabaseError(error).message).toMatch(
      /may have taken place, and a command may be repeated with the same id$/,
    );
  });

  test.each([
    driverError('connect ECONNREFUSED', 'ECONNREFUSED'),
    driverError('the database system is starting up', '57P03'),
    driverError('sorry, too many clients already', '53300'),
    driverError('Connection terminated due to connection timeout'),
  ])('after $message ($code) nothing has', (error) => {
    expect(translateDatabaseError(error).message).toBe('the database could not be reached');
  });

  test.each(['40001', '40P01'])('a transaction given up for another (%s) may be tried again', (code) => {
    expect(translateDatabaseError(driverError('deadlock detected', code)).code).toBe('COMMON_DATABASE_UNAVAILABLE');
  });

  test.each([
    driverError('relation "events" does not exist', '42P01'),
    driverError('duplicate key value', '23505'),
    driverError('x is undefined'),
    'a text',
  ])('%s is a defect, and its text stays inside', (error) => {
    const translated = translateDatabaseError(error);
    expect(translated).toMatchObject({ code: 'COMMON_INTERNAL', cause: error });
    expect(translated.message).toBe('a statement failed');
  });

  test('errors of the product pass unchanged', () => {
    const error = new OdstError('COMMON_COMMAND_CONFLICT', 'at version 2');
    expect(translateDatabaseError(error)).toBe(error);
  });
});

describe('the SQLSTATE', () => {
  test('is that of the error of the driver, also once that is translated', () => {
    const error = driverError('canceling statement due to lock timeout', '55P03');
    expect(sqlStateOf(error)).toBe('55P03');
    expect(sqlStateOf(translateDatabaseError(error))).toBe('55P03');
  });

  test.each([
    driverError('write EPIPE', 'EPIPE'),
    driverError('Connection terminated'),
    new OdstError('COMMON_COMMAND_CONFLICT', 'at version 2'),
    'a text',
  ])('is none of %s', (error) => {
    expect(sqlStateOf(error)).toBeUndefined();
  });
});
