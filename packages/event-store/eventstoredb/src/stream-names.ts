import { OdstError } from '@odst/kernel';

/** How the streams of one service are called in EventStoreDB. */
export type StreamNames = {
  /** The service's log: a header at revision 0, then at revision n a link to the event of position n. */
  readonly log: string;
  /** The stream of an aggregate: the event of version n is at revision n - 1. */
  of(stream: string): string;
  /** The aggregate's stream that a name stands for. */
  aggregateOf(name: string): string;
};

/**
 * Names of a service's streams: `<prefix>-<service>` for the log, `<prefix>.<service>.<stream>` for aggregates. As neither
 * prefix nor service has `-` or `.`, no two servers or services with different ones ever share a stream.
 * @throws OdstError COMMON_SETTING_INVALID for a prefix that is no plain name
 */
export function streamNames(prefix: string, service: string): StreamNames {
  if (!/^[a-z0-9_]{1,40}$/i.test(prefix)) {
    throw new OdstError(
      'COMMON_SETTING_INVALID',
      `EVENTSTORE_STREAM_PREFIX: ${JSON.stringify(prefix)} is no name of letters, digits and _, at most 40; example: odst`,
    );
  }
  const beginning = `${prefix}.${service}.`;
  return {
    log: `${prefix}-${service}`,
    of: (stream) => beginning + stream,
    aggregateOf: (name) => name.slice(beginning.length),
  };
}
