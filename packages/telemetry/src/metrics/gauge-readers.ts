import { within } from '@odst/async';
import type { Gauge } from 'prom-client';
import type { Logger } from '../logger.ts';
import type { MetricName } from './metric-register.ts';

type AnySample = { readonly labels: Readonly<Record<string, string>>; readonly value: number };
type Reader = { readonly name: MetricName; readonly read: () => Promise<readonly AnySample[]> };

/** Below the 10 s after which Prometheus gives a page up. */
const longestReadMs = 3_000;

/** The gauges and who reads them. */
export function createGaugeReaders(logger: Logger) {
  const gauges = new Map<MetricName, Gauge>();
  const readers = new Set<Reader>();

  const samplesOf = async ({ name, read }: Reader): Promise<readonly AnySample[]> => {
    try {
      return await within(longestReadMs, `reading ${name}`, () => read());
    } catch (error) {
      logger.warn({ err: error, metric: name }, 'a metric cannot be read; it is missing in the page');
      return [];
    }
  };

  return {
    add: (name: MetricName, gauge: Gauge): void => void gauges.set(name, gauge),
    read(name: MetricName, read: Reader['read']): Disposable {
      const reader = { name, read };
      readers.add(reader);
      return { [Symbol.dispose]: () => void readers.delete(reader) };
    },
    /** Sets each gauge to what its readers say now, and to nothing else. */
    async refresh(): Promise<void> {
      const read = await Promise.all([...readers].map(async (reader) => ({ ...reader, samples: await samplesOf(reader) })));
      for (const gauge of gauges.values()) gauge.reset();
      for (const { name, samples } of read) for (const { labels, value } of samples) gauges.get(name)?.set(labels, value);
    },
  };
}
