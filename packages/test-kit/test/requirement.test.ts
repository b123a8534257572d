import { afterEach, expect, test, vi } from 'vitest';
import { requirement } from '../src/index.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

test('is content with what is there', async () => {
  vi.stubEnv('ODST_REQUIRE', 'kafka');
  expect(await requirement('kafka', async () => true)).toBe(true);
});

test('answers no for what is missing and nobody named', async () => {
  vi.stubEnv('ODST_REQUIRE', 'nginx');
  expect(await requirement('kafka', () => false)).toBe(false);
});

test.each(['kafka', 'nginx, kafka', 'all'])('fails when ODST_REQUIRE=%s names what is missing', async (required) => {
  vi.stubEnv('ODST_REQUIRE', required);
  await expect(requirement('kafka', () => false)).rejects.toThrow('ODST_REQUIRE names kafka');
});
