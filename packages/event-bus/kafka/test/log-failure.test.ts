import { createLogger } from '@odst/telemetry';
import kafkajs from 'kafkajs';
import { expect, test } from 'vitest';
import { busError } from '../src/kafka-error.ts';
import { logFailure } from '../src/log-failure.ts';

const { KafkaJSConnectionError, KafkaJSNumberOfRetriesExceeded, KafkaJSProtocolError } = kafkajs;
const refusal = (retriable: boolean) =>
  new KafkaJSProtocolError(
    Object.assign(new Error('The coordinator is loading'), { type: 'COORDINATOR_LOAD_IN_PROGRESS', code: 14, retriable }),
  );
const unreachable = new KafkaJSConnectionError('connect ECONNREFUSED', { broker: '127.0.0.1:9092', code: 'ECONNREFUSED' });

/** The line that is logged. */
function logged(error: unknown, failures: number): { readonly level: string; readonly reason?: string; readonly err?: object } {
  const lines: string[] = [];
  logFailure(createLogger({ name: 'test', destination: { write: (line) => void lines.push(line) } }), error, failures, 'failed');
  return JSON.parse(lines.join(''));
}

test.each([
  ['a refusal that passes', refusal(true)],
  [
    'one behind the retries of the client',
    new KafkaJSNumberOfRetriesExceeded(refusal(true), { retryCount: 7, retryTime: 1_000 }),
  ],
  ['one as an error of the product', busError(refusal(true))],
  ['a broker that cannot be reached', unreachable],
])('%s is told without a stack, and a warning from the third time on', (_what, error) => {
  for (const failures of [1, 2]) {
    expect(logged(error, failures)).toMatchObject({ level: 'info', reason: error.message });
    expect(logged(error, failures).err).toBeUndefined();
  }
  expect(logged(error, 3)).toMatchObject({ level: 'warn', err: { message: error.message } });
});

test.each([
  ['a refusal that stays', refusal(false)],
  ['a defect', new TypeError('no such method')],
])('%s is a warning from the first time on', (_what, error) => {
  expect(logged(error, 1)).toMatchObject({ level: 'warn', err: { message: error.message } });
});
