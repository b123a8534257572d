import { readServerSettings } from '@odst/service-host';
import { expect, test } from 'vitest';
import { catalogConfigOf } from '../src/config.ts';

const environment = { DATABASE_URL: 'postgres://odst@db/odst', ODST_INTERNAL_TOKEN: 'x'.repeat(32) };
const configOf = (more: Record<string, string>) => catalogConfigOf(readServerSettings(more));

test('takes from the settings what a process of its own needs', () => {
  expect(
    configOf({ ...environment, ODST_HOST: '::', ODST_GRPC_PORT: '7000', ODST_ALLOWED_EXTENSIONS: 'pkg,.DMG' }),
  ).toMatchObject({
    databaseUrl: environment.DATABASE_URL,
    address: '[::]:7000',
    healthHost: '::',
    registrationAddress: 'registration:50051',
    storageAddress: 'storage:50051',
    allowedExtensions: ['pkg', 'dmg'],
  });
});

test.each(['DATABASE_URL', 'ODST_INTERNAL_TOKEN'])('does not start without %s', (missing) => {
  expect(() => configOf({ ...environment, [missing]: '' })).toThrow(`${missing} is missing`);
});
