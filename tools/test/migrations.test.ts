import { expect, it } from 'vitest';
import { migrationProblems } from '../checks/migrations.ts';

it('takes migrations that are numbered from 0001 without a gap', () => {
  expect(migrationProblems('m', ['0002-add-index.sql', '0001-tables.sql'])).toEqual([]);
});

it('refuses a gap and a number used twice', () => {
  expect(migrationProblems('m', ['0001-a.sql', '0003-c.sql'])).toHaveLength(1);
  expect(migrationProblems('m', ['0001-a.sql', '0001-b.sql'])).toHaveLength(1);
});

it('refuses names of another form', () => {
  expect(migrationProblems('m', ['0001-a.sql', '2-b.sql', '0002_b.sql', 'notes.md'])).toHaveLength(3);
});
