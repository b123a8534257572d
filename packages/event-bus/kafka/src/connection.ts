import type { Logger } from '@odst/telemetry';
import { Kafka, type logCreator, logLevel, type SASLOptions } from 'kafkajs';

/** How to reach the brokers. */
export type KafkaConnection = {
  /** `host:port` of some brokers; the others are learnt from them. */
  readonly brokers: readonly string[];
  /** TLS; certificates are always verified. Default none. */
  readonly tls?: {
    /** Certificates of the authority, PEM. Default: those that the system trusts. */
    readonly ca?: string;
    /** Certificate of this client and its key, PEM. Default none. */
    readonly cert?: string;
    readonly key?: string;
  };
  /** Default: no login. */
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  };
};

const connectionTimeoutMs = 3_000;
/** After this long without an answer a broker counts as gone. */
const requestTimeoutMs = 10_000;

/** How often the client itself tries again: short waits first, as a broker asks for some between two transactions. */
export const clientRetry = { initialRetryTime: 10, multiplier: 2, factor: 0.2, maxRetryTime: 1_000, retries: 7 };

/** Makes a client; nothing is connected yet. @param clientId names it in the brokers' logs */
export function createClient({ brokers, tls, sasl }: KafkaConnection, clientId: string, logger: Logger): Kafka {
  return new Kafka({
    clientId,
    brokers: [...brokers],
    connectionTimeout: connectionTimeoutMs,
    requestTimeout: requestTimeoutMs,
    retry: clientRetry,
    logLevel: logLevel.WARN,
    logCreator: quietLog(logger),
    ...(tls === undefined ? {} : { ssl: { ...tls } }),
    // A copy, into which the client writes. It has a type for each mechanism, alike but for its name.
    ...(sasl === undefined ? {} : { sasl: { ...sasl } as SASLOptions }),
  });
}

/** What the client complains of is also thrown, or tried again by it, so it is of interest to whoever looks for details. */
function quietLog(logger: Logger): logCreator {
  return () =>
    ({ namespace, log: { message } }) =>
      logger.debug({ kafka: namespace }, message);
}
