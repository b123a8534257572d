import { createLogger } from '@odst/telemetry';
import { expect, test } from 'vitest';
import { placeOf, reportStart } from '../src/start-report.ts';

test.each([
  ['postgres://odst:planted@db.example.org:5432/odst', 'db.example.org:5432/odst'],
  ['postgres://odst@h1,h2/odst?password=planted', 'h1,h2/odst'],
  ['postgres://odst:planted@h1:5432,h2:5433/odst', 'h1:5432,h2:5433/odst'],
  ['postgres://odst:pl@nted@db/odst', 'db/odst'],
  ['postgres://[::1]:5432/odst', '[::1]:5432/odst'],
  ['postgres://odst:planted@/odst?host=/run/postgresql', '/run/postgresql/odst'],
  ['postgres://%2Frun%2Fpostgresql/odst', '/run/postgresql/odst'],
  ['postgres:///odst', 'the system’s socket/odst'],
  ['postgres://db%zz/odst', 'db%zz/odst'],
  ['esdb://odst:planted@events.example.org:2113?tls=true', 'events.example.org:2113'],
  ['esdb+discover://odst:planted@n1:2113,n2:2113', 'n1:2113,n2:2113'],
])('of %s shows where it leads, without user and password', (url, place) => {
  expect(placeOf(url)).toBe(place);
});

test.each([
  'postgres://odst:12/planted@db/odst',
  'postgres://odst:12?planted@db/odst',
  'postgres://odst:12#planted@db/odst',
  'postgres://odst:12@db/odst?password=pl@nted',
])('shows nothing of %s, which may have a part of the password anywhere', (url) => {
  expect(placeOf(url)).toBe('the place that the setting names');
});

test('a server starts although what it runs on cannot be told', async () => {
  const lines: string[] = [];
  const logger = createLogger({ name: 'test', destination: { write: (line) => lines.push(line) } });
  const registration = {
    client: () => {
      throw new Error('registration is away');
    },
  };
  const context = { logger } as unknown as Parameters<typeof reportStart>[0];
  await reportStart(context, { address: 'http://127.0.0.1:8080', dataDir: '/srv/odst', registration } as unknown as Parameters<
    typeof reportStart
  >[1]);
  expect(lines).toEqual([expect.stringContaining('registration is away')]);
});
