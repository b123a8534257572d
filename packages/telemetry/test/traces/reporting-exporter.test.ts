import type { SpanExporter } from '@opentelemetry/sdk-trace';
import { expect, test } from 'vitest';
import { createLogger } from '../../src/index.ts';
import { reportLosses } from '../../src/traces/reporting-exporter.ts';

test('tells when spans begin to get lost and when they arrive again, not each time', () => {
  const lines: string[] = [];
  const logger = createLogger({ name: 'test', destination: { write: (line) => void lines.push(line) } });
  const outcomes = [true, false, false, false, true, true, false];
  const exporter: SpanExporter = {
    export: (_spans, done) => done(outcomes.shift() === true ? { code: 0 } : { code: 1, error: new Error('away') }),
    shutdown: async () => undefined,
  };
  const reporting = reportLosses(exporter, logger);
  const codes: number[] = [];
  for (const _outcome of [...outcomes]) reporting.export([], ({ code }) => codes.push(code));
  expect(codes).toEqual([0, 1, 1, 1, 0, 0, 1]);
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
    'traces cannot be sent and are dropped; nothing else depends on them',
    'traces are sent again',
    'traces cannot be sent and are dropped; nothing else depends on them',
  ]);
});
