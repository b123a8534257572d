import { expect, test } from 'vitest';
import { readServerSettings, requireSetting } from '../../src/index.ts';

test('gives a setting that is there', () => {
  const settings = readServerSettings({ DATABASE_URL: 'postgres://odst@db/odst' });
  expect(requireSetting(settings, 'DATABASE_URL', 'a service of its own')).toBe('postgres://odst@db/odst');
});

test('says in one line which setting is missing, who needs it, and how it looks', () => {
  expect(() => requireSetting(readServerSettings({}), 'ODST_INTERNAL_TOKEN', 'a service of its own')).toThrow(
    'ODST_INTERNAL_TOKEN is missing: a service of its own needs it; example: ODST_INTERNAL_TOKEN=$(openssl rand -base64 32)',
  );
});
