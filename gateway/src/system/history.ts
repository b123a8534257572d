import type { SystemSample, Traffic } from './system-samples.ts';

/** How the server fared in one step of time. */
export type SystemStep = Traffic & {
  /** The end of the step. */
  readonly at: Date;
  /** Share of the processors that was busy, 0 to 1; null where it is not known. */
  readonly cpuLoad: number | null;
  /** As measured last, as are those of the disk. */
  readonly memoryUsedBytes: number;
  readonly memoryTotalBytes: number;
  readonly diskUsedBytes: number;
  readonly diskFreeBytes: number;
  readonly diskTotalBytes: number;
  readonly heldBytes: number;
  /** In the step, as all that follow; null where the system does not tell. */
  readonly networkReceivedBytes: number | null;
  readonly networkSentBytes: number | null;
};

const minuteMs = 60_000;

/** Lengths of steps, in minutes. */
const stepLengths = [1, 2, 5, 10] as const;

/** Most steps of an answer. */
const mostSteps = 300;

/** The length of the steps that a span is shown in, in milliseconds. */
export function stepOf(spanMs: number): number {
  const minutes = stepLengths.find((length) => spanMs / (length * minuteMs) <= mostSteps) ?? stepLengths.at(-1) ?? 1;
  return minutes * minuteMs;
}

/** Samples, the oldest first, as steps of a length: what was counted is summed, what was measured is that of the last one. */
export function stepsOf(samples: readonly SystemSample[], stepMs: number): readonly SystemStep[] {
  const spans = samples.slice(1).map((sample, index) => ({ sample, before: samples[index] ?? sample }));
  const steps = Map.groupBy(spans, ({ sample }) => Math.ceil(sample.at.getTime() / stepMs) * stepMs);
  return [...steps].map(([atMs, inStep]) => stepIn(new Date(atMs), inStep));
}

type Span = { readonly sample: SystemSample; readonly before: SystemSample };

function stepIn(at: Date, spans: readonly Span[]): SystemStep {
  const { memoryUsedBytes, memoryTotalBytes, diskUsedBytes, diskFreeBytes, diskTotalBytes, heldBytes } = lastOf(spans);
  // Counters of two machines have nothing to do with each other.
  const ofOne = spans.filter(({ sample, before }) => sample.source === before.source);
  const sumOf = (counter: (sample: SystemSample) => number | undefined, of: readonly Span[] = ofOne): number | null => {
    const grown = of.map(({ sample, before }) => growth(counter(before), counter(sample)));
    return grown.some((value) => value === undefined) ? null : grown.reduce<number>((sum, value) => sum + (value ?? 0), 0);
  };
  const trafficOf = (name: keyof Traffic) => sumOf(({ traffic }) => traffic[name], spans) ?? 0;
  const total = sumOf(({ cpuTotalMs }) => cpuTotalMs) ?? 0;
  const busy = sumOf(({ cpuBusyMs }) => cpuBusyMs) ?? 0;
  return {
    at,
    cpuLoad: total === 0 ? null : Math.min(1, Math.round((1_000 * busy) / total) / 1_000),
    ...{ memoryUsedBytes, memoryTotalBytes, diskUsedBytes, diskFreeBytes, diskTotalBytes, heldBytes },
    networkReceivedBytes: sumOf((sample) => sample.networkReceivedBytes),
    networkSentBytes: sumOf((sample) => sample.networkSentBytes),
    uploadedBytes: trafficOf('uploadedBytes'),
    downloadedBytes: trafficOf('downloadedBytes'),
    syncReceivedBytes: trafficOf('syncReceivedBytes'),
    syncSentBytes: trafficOf('syncSentBytes'),
  };
}

function lastOf(spans: readonly Span[]): SystemSample {
  const last = spans.at(-1)?.sample;
  if (last === undefined) throw new Error('a step without a sample');
  return last;
}

/** By how much a counter grew; one that is less than before began anew. */
function growth(before: number | undefined, now: number | undefined): number | undefined {
  if (before === undefined || now === undefined) return undefined;
  return now >= before ? now - before : now;
}
