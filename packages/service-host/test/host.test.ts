import { createLogger } from '@odst/telemetry';
import { expect, test } from 'vitest';
import { createHost, type Host } from '../src/index.ts';

function hostWithLog(): { host: Host; log: string[]; told: () => string } {
  const lines: string[] = [];
  const host = createHost({ logger: createLogger({ name: 'test', destination: { write: (line) => lines.push(line) } }) });
  return { host, log: [], told: () => lines.join('') };
}

const part = (log: string[], name: string, stop: () => Promise<void> = async () => undefined) => ({
  async [Symbol.asyncDispose]() {
    log.push(`stop ${name}`);
    await stop();
  },
});

test('starts parts in order and stops them in reverse', async () => {
  const { host, log } = hostWithLog();
  for (const name of ['database', 'catalog', 'gateway']) {
    await host.use(name, () => {
      log.push(`start ${name}`);
      return part(log, name);
    });
  }
  await host.stop('test');
  await host.stop('again');
  expect(log).toEqual(['start database', 'start catalog', 'start gateway', 'stop gateway', 'stop catalog', 'stop database']);
  expect(await host.stopped).toEqual({});
});

test('goes on to the next part when one fails to stop, or takes too long', async () => {
  const { host, log, told } = hostWithLog();
  await host.use('a', () => part(log, 'a'));
  await host.use('b', () => part(log, 'b', () => Promise.reject(new Error('b is stuck'))));
  await host.use('c', () => part(log, 'c', () => new Promise(() => undefined)), { stopLimitMs: 20 });
  await host.stop('test');
  expect(log).toEqual(['stop c', 'stop b', 'stop a']);
  expect(told()).toContain('did not stop in time');
  expect(told()).toContain('b is stuck');
});

test('stops a part that was starting when the stop came, and starts no further one', async () => {
  const { host, log } = hostWithLog();
  const slow = Promise.withResolvers<ReturnType<typeof part>>();
  const starting = host.use('slow', () => slow.promise).catch((error: unknown) => error);
  const stop = host.stop('test');
  slow.resolve(part(log, 'slow'));
  await stop;
  expect(log).toEqual(['stop slow']);
  expect(await starting).toMatchObject({ code: 'COMMON_SERVICE_UNAVAILABLE' });
  await expect(host.use('late', () => part(log, 'late'))).rejects.toMatchObject({ code: 'COMMON_SERVICE_UNAVAILABLE' });
});

test('passes on why a part did not start, and stops those before it', async () => {
  const { host, log } = hostWithLog();
  await host.use('a', () => part(log, 'a'));
  const failure = new Error('no port');
  await expect(host.use('b', () => Promise.reject(failure))).rejects.toBe(failure);
  host.fail(failure);
  expect(await host.stopped).toEqual({ error: failure });
  expect(log).toEqual(['stop a']);
});

test('tells through readiness and a signal that it is stopping', async () => {
  const { host } = hostWithLog();
  host.readiness.set('server', true);
  host.readiness.set('database', true, 'PostgreSQL 18');
  expect(host.readiness.snapshot()).toEqual({
    server: { ok: true, detail: '' },
    database: { ok: true, detail: 'PostgreSQL 18' },
  });
  expect(host.stopping.aborted).toBe(false);
  await host.stop('test');
  expect(host.stopping.aborted).toBe(true);
  expect(host.readiness.snapshot()).toMatchObject({ server: { ok: false, detail: 'stopping' } });
});
