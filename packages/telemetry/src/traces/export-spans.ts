import { backgroundTimers, settlesWithin } from '@odst/async';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace';
import type { Logger } from '../logger.ts';
import { installSdk } from './install-sdk.ts';
import { reportLosses } from './reporting-exporter.ts';

/** Where traces go. */
export type TracingOptions = {
  /** `service.name` of the traces. */
  readonly serviceName: string;
  /** URL of an OTLP receiver over HTTP, without the path `/v1/traces`. */
  readonly endpoint: string;
  /** Sent with each request, as a token of the receiver. Secret. */
  readonly headers: Readonly<Record<string, string>>;
  /** Share of the traces that begin here, from 0 to 1. */
  readonly sampledShare: number;
  readonly logger: Logger;
};

/** Time that the last spans have to be sent in when the server stops. */
const flushLimitMs = 1_500;

/** Records spans and sends them. Loading this module loads the SDK. */
export function exportSpans({ serviceName, endpoint, headers, sampledShare, logger }: TracingOptions): AsyncDisposable {
  const exporter = new OTLPTraceExporter({ url: `${endpoint}/v1/traces`, headers: { ...headers } });
  const processor = new BatchSpanProcessor({ exporter: reportLosses(exporter, logger) });
  const sdk = installSdk({ serviceName, processor, sampledShare });
  return {
    async [Symbol.asyncDispose]() {
      const flushed = sdk.shutdown().catch((error: unknown) => {
        logger.warn({ err: error }, 'the last traces could not be sent');
      });
      if (!(await settlesWithin(flushLimitMs, flushed, backgroundTimers))) logger.warn('the last traces were not sent in time');
    },
  };
}
