import { readServiceSettings } from '@odst/backbone';
import { expect, test } from 'vitest';
import { registrationConfigOf, registrationDefinition } from '../src/definition.ts';

const key = Buffer.alloc(32, 7);
const configOf = (more: Record<string, string>) =>
  registrationConfigOf(readServiceSettings([registrationDefinition], { DATABASE_KEY: key.toString('base64'), ...more }));

test('takes from the settings what the server begins with', () => {
  const named = {
    ODST_NAME: 'Berlin',
    ODST_STAGE: 'Test',
    ODST_ADMIN_PASSWORD: 'x',
    ODST_PUBLIC_URL: 'https://ods.example.org/',
  };
  expect(configOf(named)).toEqual({
    databaseKeys: [key],
    name: 'Berlin',
    stage: 'Test',
    publicUrl: 'https://ods.example.org',
    adminPassword: 'x',
  });
});

test('takes no listener of its own for the URL at which peers connect', () => {
  expect(configOf({ ODST_HOST: '127.0.0.1', ODST_PORT: '8080' }).publicUrl).toBeUndefined();
});

test('makes up no key that storage would not have', () => {
  expect(() => configOf({ DATABASE_KEY: '' })).toThrow('DATABASE_KEY is missing: registration needs it; example: DATABASE_KEY=');
});
