import { envDetector, hostDetector, serviceInstanceIdDetector } from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { ParentBasedSampler, type SpanProcessor, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace';
import { setTracing } from './span.ts';

/** Longest value of an attribute, in characters. */
const longestValue = 300;

/** Where spans go, and how many. */
export type SdkOptions = {
  readonly serviceName: string;
  readonly processor: SpanProcessor;
  /** Share of the traces that begin here, from 0 to 1; those that a caller began are recorded as the caller decided. */
  readonly sampledShare: number;
};

/**
 * Makes the process record spans. Only spans that the code makes itself: nothing is patched, so no `--import` is needed
 * for modules to be traced. Loading this module loads the SDK.
 */
export function installSdk({ serviceName, processor, sampledShare }: SdkOptions): { shutdown(): Promise<void> } {
  const sdk = new NodeSDK({
    serviceName,
    spanProcessors: [processor],
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampledShare) }),
    spanLimits: { attributeValueLengthLimit: longestValue },
    // Not the process: its command line is nobody's business.
    resourceDetectors: [envDetector, hostDetector, serviceInstanceIdDetector],
    // Traces travel as `traceparent` only, by code of our own; metrics and logs have ways of their own.
    textMapPropagator: null,
    metricReaders: [],
    logRecordProcessors: [],
  });
  sdk.start();
  setTracing(true);
  return {
    async shutdown() {
      setTracing(false);
      await sdk.shutdown();
    },
  };
}
