import { createLogger } from '@odst/telemetry';
import { eventually } from '@odst/testing';
import { expect, test } from 'vitest';
import { startRoutesListener } from '../src/index.ts';

test('serves its routes without a line of its own in the log, which tells their requests all the same', async () => {
  const lines: string[] = [];
  const logger = createLogger({ name: 'test', destination: { write: (line) => lines.push(line) } });
  await using listener = await startRoutesListener({
    logger,
    readiness: () => ({}),
    routes: async (app) => void app.get('/', async () => ({ here: true })),
    host: '127.0.0.1',
    port: 0,
    portSetting: 'ODST_DATA_PLANE_PORT',
  });
  expect(lines).toEqual([]);
  await fetch(listener.url);
  await eventually(() => lines.length > 0);
  expect(lines).toEqual([expect.stringContaining('answered')]);
});
