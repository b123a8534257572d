/** What the register knows of one metric. */
export type MetricRow = {
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** Each has few values: a peer, a service, an outcome; never the name of a package. */
  readonly labels: readonly string[];
  /** What it measures, in one sentence, and what its labels are. */
  readonly help: string;
  /** Upper bounds of a histogram's buckets. */
  readonly buckets?: readonly number[];
};

/** Every metric of the product. `docs/reference/metrics.md` is generated from it. */
export const metricRegister = {
  odst_build_info: {
    type: 'gauge',
    labels: ['version', 'node'],
    help: 'Always 1; the labels tell the version of the server and that of Node.',
  },
  odst_http_request_duration_seconds: {
    type: 'histogram',
    labels: ['method', 'route', 'status'],
    help: 'Time from the first byte of a request to the end of its answer, by route pattern (unknown for what is no route) and class of status (2xx). A live stream of events counts when it ends.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600],
  },
  odst_tls_certificate_expiry_timestamp_seconds: {
    type: 'gauge',
    labels: [],
    help: 'When the certificate that the listener serves ends, in seconds since 1970. No sample without ODST_TLS_CERT.',
  },
  odst_dead_letters: {
    type: 'gauge',
    labels: ['service'],
    help: 'Messages that the consumers of a service could not handle, and those that wait behind them. Not 0 means that an admin is needed.',
  },
  odst_relay_oldest_age_seconds: {
    type: 'gauge',
    labels: ['service'],
    help: 'Age of the oldest event of a service that is stored and not published yet; 0 when there is none.',
  },
  odst_consumer_oldest_age_seconds: {
    type: 'gauge',
    labels: ['service', 'consumer', 'topic'],
    help: 'Age of the oldest event of a topic that a consumer is not done with, by its name on the bus: the HTTP event feed is gateway.event-feed. 0 when it is done with all. What it set aside as a dead letter is done. While Kafka is away, as it was known last, growing older.',
  },
  odst_projection_lag_events: {
    type: 'gauge',
    labels: ['projection'],
    help: 'Stored events that a read model does not show yet.',
  },
  odst_upload_bytes_total: {
    type: 'counter',
    labels: [],
    help: 'Bytes of the files that were uploaded and acknowledged.',
  },
  odst_download_bytes_total: {
    type: 'counter',
    labels: [],
    help: 'Bytes of packages that were sent to clients.',
  },
  odst_sync_received_bytes_total: {
    type: 'counter',
    labels: [],
    help: 'Bytes of packages that came from peers and were verified.',
  },
  odst_sync_sent_bytes_total: {
    type: 'counter',
    labels: [],
    help: 'Bytes of packages that were sent to peers.',
  },
  odst_blob_removed_bytes_total: {
    type: 'counter',
    labels: [],
    help: 'Bytes of contents that were removed from the disk because nothing names them.',
  },
  odst_blob_unreferenced_bytes: {
    type: 'gauge',
    labels: [],
    help: 'Bytes of contents that nothing names and that are still on the disk: they are removed a day after the last use.',
  },
  odst_blob_unknown_bytes: {
    type: 'gauge',
    labels: [],
    help: 'Bytes of files among the packages that the database does not know, as after a restore; found once an hour, and never removed. The log names them.',
  },
  odst_chunk_verify_failures_total: {
    type: 'counter',
    labels: ['peer'],
    help: 'Chunks refused because their bytes were not what the manifest says, by the iss of the peer that sent them.',
  },
  odst_sync_lag_seconds: {
    type: 'gauge',
    labels: ['peer'],
    help: 'Time since a peer last answered with its changes, by its iss; up to 30 for one that has none. No sample before its first answer.',
  },
  odst_sync_backlog_bytes: {
    type: 'gauge',
    labels: ['peer'],
    help: 'Bytes that are still to be fetched from a peer, by its iss.',
  },
} as const satisfies Readonly<Record<string, MetricRow>>;

type Register = typeof metricRegister;

/** Name of a metric. */
export type MetricName = keyof Register;

/** Names of the metrics of one type. */
export type NameOf<Type extends MetricRow['type']> = {
  [Name in MetricName]: Register[Name]['type'] extends Type ? Name : never;
}[MetricName];

/** Labels of a metric. */
export type LabelsOf<Name extends MetricName> = Readonly<Record<Register[Name]['labels'][number], string>>;
