import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { createLogger } from '@odst/telemetry';
import { expect, test } from 'vitest';
import { followServerLog } from '../src/server-log.ts';

/** What the logger gets of lines that PostgreSQL writes, and its last words. */
async function followed(...written: string[]) {
  const lines: { level: string; msg: string }[] = [];
  const logger = createLogger({ name: 'test', debug: true, destination: { write: (line) => void lines.push(JSON.parse(line)) } });
  const stderr = new PassThrough();
  const log = followServerLog(stderr, logger);
  stderr.end(`${written.join('\n')}\n`);
  await once(stderr, 'close');
  return { levels: lines.map(({ level }) => level), lastWords: log.lastWords() };
}

test('tells of what is serious, and keeps the rest for those who look closely', async () => {
  const { levels, lastWords } = await followed(
    '00000 LOG:  database system is ready to accept connections',
    '23505 ERROR:  duplicate key value violates unique constraint',
    '57P01 FATAL:  terminating connection due to administrator command',
    '01000 WARNING:  something to look at',
    '53100 FATAL:  could not extend file: No space left on device',
    '00000 LOG:  shutting down',
  );
  expect(levels).toEqual(['debug', 'debug', 'debug', 'warn', 'error', 'debug']);
  expect(lastWords).toBe('could not extend file: No space left on device');
});

test('counts a line that goes on to the one before', async () => {
  const { levels } = await followed('57P01 CONTEXT:  SQL statement "select 1"', '\tPL/pgSQL function f() line 23 at PERFORM');
  expect(levels).toEqual(['debug', 'debug']);
});

test('tells of lines that are not in the form of a log, as the loader writes them', async () => {
  expect((await followed('postgres: error while loading shared libraries')).levels).toEqual(['error']);
});
