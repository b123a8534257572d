import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from '../logger.ts';

/** An exporter that tells the log when spans begin to get lost, and when they arrive again; not each time. */
export function reportLosses(exporter: SpanExporter, logger: Logger): SpanExporter {
  let losing = false;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const lost = result.code !== 0;
        if (lost && !losing)
          logger.warn({ err: result.error }, 'traces cannot be sent and are dropped; nothing else depends on them');
        if (!lost && losing) logger.info('traces are sent again');
        losing = lost;
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}
