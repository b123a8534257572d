import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { createMetrics, createSilentLogger } from '@odst/telemetry';
import { expect, test } from 'vitest';
import { explainListenError, startHealthServer } from '../src/index.ts';

const metrics = createMetrics({ logger: createSilentLogger() });

test('a port that is taken is told in one line that names its setting', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  await expect(startHealthServer({ host: '127.0.0.1', port, readiness: () => ({}), metrics })).rejects.toMatchObject({
    code: 'COMMON_SETTING_INVALID',
    message: `ODST_HEALTH_PORT: another program listens on port ${port} of 127.0.0.1; example: ODST_HEALTH_PORT=${port + 1}`,
  });
  other.close();
});

test('an address of another machine is told as the fault of ODST_HOST', async () => {
  await expect(startHealthServer({ host: '203.0.113.5', port: 0, readiness: () => ({}), metrics })).rejects.toMatchObject({
    code: 'COMMON_SETTING_INVALID',
    message: 'ODST_HOST: 203.0.113.5 is no address of this machine; example: ODST_HOST=127.0.0.1',
  });
});

test.each([
  ['EACCES', /^ODST_PORT: this user may not listen on port 80;/],
  ['ENOTFOUND', /^ODST_HOST: the name ods.example has no address;/],
])('%s is explained', (code, message) => {
  const error = Object.assign(new Error(code), { code });
  expect(explainListenError(error, { host: 'ods.example', port: 80, portSetting: 'ODST_PORT' })).toMatchObject({
    code: 'COMMON_SETTING_INVALID',
    message: expect.stringMatching(message),
  });
});

test('what the settings are not to blame for stays as it is', () => {
  const error = new Error('EMFILE');
  expect(explainListenError(error, { host: '::', port: 80, portSetting: 'ODST_PORT' })).toBe(error);
});
