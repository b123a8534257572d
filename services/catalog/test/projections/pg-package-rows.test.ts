import type { EventSource } from '@odst/event-store';
import { OdstError } from '@odst/kernel';
import type { ProjectionFailure, ProjectionRunner } from '@odst/projections';
import pg from 'pg';
import { expect, test } from 'vitest';
import { createPgPackageRows } from '../../src/projections/pg-package-rows.ts';

/** Rows that follow so many milliseconds after whoever waits for them began, and maybe fail meanwhile. */
function rowsThatTake(followMs: number, failure?: ProjectionFailure) {
  const store = { lastPosition: async () => 7n } as Pick<EventSource, 'lastPosition'> as EventSource;
  const projection: Pick<ProjectionRunner, 'waitFor' | 'failure'> = {
    failure: () => failure,
    async waitFor(_position, timeoutMs = 0) {
      if (followMs > timeoutMs) throw new OdstError('COMMON_DEADLINE_EXCEEDED', 'the rows are behind');
    },
  };
  return createPgPackageRows(new pg.Pool(), store, projection as ProjectionRunner);
}

test('who reads gets what was written before, also where the rows follow seconds later on a loaded machine', async () => {
  expect(await rowsThatTake(6_000).caughtUp()).toBe(true);
  expect(await rowsThatTake(9_000).caughtUp()).toBe(false);
});

test('rows that cannot follow are read as they are, after a moment', async () => {
  const failure = { position: 7n, attempts: 1, error: new Error('an event that the rows cannot take') };
  expect(await rowsThatTake(1_000, failure).caughtUp()).toBe(true);
  expect(await rowsThatTake(6_000, failure).caughtUp()).toBe(false);
});
