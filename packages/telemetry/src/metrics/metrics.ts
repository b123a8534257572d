import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Logger } from '../logger.ts';
import { createGaugeReaders } from './gauge-readers.ts';
import { type LabelsOf, type MetricName, type MetricRow, metricRegister, type NameOf } from './metric-register.ts';
import { serverVersion } from './server-version.ts';

/** A value of a gauge. */
export type Sample<Name extends NameOf<'gauge'>> = { readonly labels: LabelsOf<Name>; readonly value: number };

/** What is measured in one server, or in one process of it. Several in one Node process know nothing of each other. */
export interface Metrics {
  /** Adds to a counter. */
  add<Name extends NameOf<'counter'>>(name: Name, labels: LabelsOf<Name>, value: number): void;
  /** What was added to a counter since the start, over all its labels. */
  total(name: NameOf<'counter'>): number;
  /** Adds an observation to a histogram. */
  observe<Name extends NameOf<'histogram'>>(name: Name, labels: LabelsOf<Name>, value: number): void;
  /**
   * Reads a gauge whenever the page is asked for, until it is disposed. A gauge may be read in several places that give different
   * labels. What cannot be read within 3 s is missing in the page, and logged.
   */
  read<Name extends NameOf<'gauge'>>(name: Name, read: () => Promise<readonly Sample<Name>[]>): Disposable;
  /** All of it in the text format of Prometheus. */
  page(): Promise<string>;
  /** Content-Type of the page. */
  readonly contentType: string;
}

/** Builds the metrics of one server, or of one process of it. */
export function createMetrics({ logger }: { readonly logger: Logger }): Metrics {
  const registry = new Registry();
  const counters = new Map<MetricName, Counter>();
  const totals = new Map<MetricName, number>();
  const histograms = new Map<MetricName, Histogram>();
  const readers = createGaugeReaders(logger);
  for (const [name, row] of Object.entries(metricRegister) as [MetricName, MetricRow][]) {
    const options = { name, help: row.help, labelNames: row.labels, registers: [registry] };
    if (row.type === 'counter') counters.set(name, new Counter(options));
    if (row.type === 'histogram') histograms.set(name, new Histogram({ ...options, buckets: [...(row.buckets ?? [])] }));
    if (row.type === 'gauge') readers.add(name, new Gauge(options));
  }
  readers.read('odst_build_info', async () => [{ labels: { version: serverVersion(), node: process.versions.node }, value: 1 }]);

  const makePage = async (): Promise<string> => {
    await readers.refresh();
    return registry.metrics();
  };
  let underWay: Promise<string> | undefined;
  return {
    contentType: registry.contentType,
    add(name, labels, value) {
      counters.get(name)?.inc(labels, value);
      totals.set(name, (totals.get(name) ?? 0) + value);
    },
    total: (name) => totals.get(name) ?? 0,
    observe: (name, labels, value) => void histograms.get(name)?.observe(labels, value),
    read: (name, read) => readers.read(name, read),
    page() {
      // Two at once would empty each other's gauges.
      underWay ??= makePage().finally(() => {
        underWay = undefined;
      });
      return underWay;
    },
  };
}
