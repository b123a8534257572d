import { type MetricRow, metricRegister } from '../packages/telemetry/src/index.ts';

/** Where the page is kept. */
export const metricsDocFile = 'docs/reference/metrics.md';

const introduction = `# Metrics

<!-- Generated from packages/telemetry/src/metrics/metric-register.ts by tools/generate-docs.ts. Change the register, not this page. -->

\`GET /metrics\` gives these in the text format of Prometheus. The standalone server, and the gateway as a process of its own, answer
on their HTTP port to any account (HTTP Basic, role \`viewer\`), and the standalone server while \`ODST_PUBLIC_URL\` is a loopback one
to programs of its machine without a login. Each service as a process
of its own, the gateway too, answers on its health port, 9090, without a login: keep it inside. What cannot be read, as while the
database is away, is missing in the page; counters and histograms begin at 0 with the process. Which alerts to set:
[dead letters](../guides/dead-letters.md#alerts).

| metric | type | labels | |
|---|---|---|---|
`;

function line([name, { type, labels, help }]: [string, MetricRow]): string {
  return `| \`${name}\` | ${type} | ${labels.length === 0 ? 'none' : labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`;
}

/** The page of all metrics, in the order of the register. */
export function renderMetricsDoc(): string {
  return `${introduction}${Object.entries<MetricRow>(metricRegister).map(line).join('\n')}\n`;
}
