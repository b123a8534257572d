import { describe, expect, test } from 'vitest';
import { createLogger, createMetrics, createSilentLogger, metricRegister } from '../../src/index.ts';

const logger = createSilentLogger();
const linesOf = (page: string, name: string) => page.split('\n').filter((line) => line.startsWith(name));

describe('metrics', () => {
  test('are all on the page with their help and type, before there is a value', async () => {
    const page = await createMetrics({ logger }).page();
    for (const [name, { help, type }] of Object.entries(metricRegister)) {
      expect(page).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`);
    }
    expect(linesOf(page, '# TYPE')).toHaveLength(Object.keys(metricRegister).length);
    expect(linesOf(page, 'odst_build_info')).toEqual([
      expect.stringMatching(/^odst_build_info\{version="\d+\.\d+\.\d+",node="24\.[\d.]+"\} 1$/),
    ]);
  });

  test('of two servers in one process know nothing of each other', async () => {
    const [a, b] = [createMetrics({ logger }), createMetrics({ logger })];
    a.add('odst_upload_bytes_total', {}, 7);
    a.add('odst_upload_bytes_total', {}, 3);
    expect(linesOf(await a.page(), 'odst_upload_bytes_total')).toEqual(['odst_upload_bytes_total 10']);
    expect(linesOf(await b.page(), 'odst_upload_bytes_total')).toEqual(['odst_upload_bytes_total 0']);
  });

  test('observe durations in buckets', async () => {
    const metrics = createMetrics({ logger });
    const labels = { method: 'GET', route: '/healthz', status: '2xx' };
    for (const seconds of [0.001, 0.02, 700]) metrics.observe('odst_http_request_duration_seconds', labels, seconds);
    const page = await metrics.page();
    const at = 'method="GET",route="/healthz",status="2xx"';
    expect(page).toContain(`odst_http_request_duration_seconds_bucket{le="0.025",${at}} 2`);
    expect(page).toContain(`odst_http_request_duration_seconds_bucket{le="600",${at}} 2`);
    expect(page).toContain(`odst_http_request_duration_seconds_count{${at}} 3`);
  });

  test('read a gauge in several places, each time anew, until they are gone', async () => {
    const metrics = createMetrics({ logger });
    let letters = 1;
    const catalog = metrics.read('odst_dead_letters', async () => [{ labels: { service: 'catalog' }, value: letters }]);
    metrics.read('odst_dead_letters', async () => [{ labels: { service: 'sync' }, value: 0 }]);
    const shown = async () => linesOf(await metrics.page(), 'odst_dead_letters');
    expect(await shown()).toEqual(['odst_dead_letters{service="catalog"} 1', 'odst_dead_letters{service="sync"} 0']);
    letters = 2;
    expect((await shown())[0]).toBe('odst_dead_letters{service="catalog"} 2');
    catalog[Symbol.dispose]();
    expect(await shown()).toEqual(['odst_dead_letters{service="sync"} 0']);
  });

  test('lack what cannot be read, and say so in the log, while the others are there', async () => {
    const log: string[] = [];
    const metrics = createMetrics({
      logger: createLogger({ name: 'metrics-test', destination: { write: (line) => log.push(line) } }),
    });
    metrics.read('odst_projection_lag_events', async () => {
      throw new Error('the database is away');
    });
    metrics.read('odst_projection_lag_events', async () => [{ labels: { projection: 'peers' }, value: 4 }]);
    expect(linesOf(await metrics.page(), 'odst_projection_lag_events')).toEqual([
      'odst_projection_lag_events{projection="peers"} 4',
    ]);
    expect(log.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'warn', metric: 'odst_projection_lag_events', err: { message: 'the database is away' } },
    ]);
  });

  test('asked for twice at once are whole for both', async () => {
    const metrics = createMetrics({ logger });
    const { promise, resolve } = Promise.withResolvers<void>();
    metrics.read('odst_dead_letters', async () => {
      await promise;
      return [{ labels: { service: 'catalog' }, value: 3 }];
    });
    const both = [metrics.page(), metrics.page()];
    resolve();
    for (const page of await Promise.all(both)) expect(linesOf(page, 'odst_dead_letters')).toHaveLength(1);
  });
});
