import { expect, test } from 'vitest';
import { createPgPackageNumbers } from '../../src/adapters/pg-package-numbers.ts';
import { openCatalogDatabase } from '../support/catalog-database.ts';

test('counts up from 1 and gives no number twice', async () => {
  await using database = await openCatalogDatabase();
  const numbers = createPgPackageNumbers(database.pool);
  expect(await numbers.next()).toBe(1);
  const many = await Promise.all(Array.from({ length: 20 }, () => numbers.next()));
  expect(many.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index + 2));
});
