import type { Setting } from './setting.ts';
import { text, webUrl } from './setting-kinds.ts';

/** Settings of the traces, named as OpenTelemetry names them. */
export const traceSettings = {
  OTEL_EXPORTER_OTLP_ENDPOINT: webUrl({
    doc: 'Where traces go: URL of an OpenTelemetry receiver (OTLP over HTTP in protobuf), without `/v1/traces`. Nothing is recorded when missing',
    default: undefined,
    defaultText: 'none: no traces',
    example: 'http://collector.example.org:4318',
  }),
  OTEL_EXPORTER_OTLP_HEADERS: otlpHeaders(),
  OTEL_SERVICE_NAME: text({
    doc: 'Name of this process in traces',
    default: undefined,
    defaultText: '`odst`; of a service that runs by itself `odst-<service>`',
    example: 'odst-berlin',
  }),
  OTEL_TRACES_SAMPLER_ARG: sampledShare(),
} as const;

function otlpHeaders(): Setting<Readonly<Record<string, string>>> {
  return {
    doc: 'Headers that the receiver asks for, as `name=value` with commas; values percent-encoded',
    example: 'authorization=Bearer%20a-long-token',
    secret: true,
    defaultText: 'none',
    fallback: {},
    parse: (value) => {
      const headers = value.split(',').map(parseHeader);
      return headers.includes(undefined)
        ? { fault: 'is not of the form name=value,name=value' }
        : { value: Object.fromEntries(headers.filter((header) => header !== undefined)) };
    },
  };
}

/** Name and value of a header; undefined for what is none, or none that HTTP takes. */
function parseHeader(item: string): readonly [name: string, value: string] | undefined {
  const [, name, encoded] = /^([!#$%&'*+.^_`|~0-9a-z-]+)\s*=\s*(\S*)$/i.exec(item.trim()) ?? [];
  if (name === undefined || encoded === undefined) return undefined;
  try {
    const value = decodeURIComponent(encoded);
    return /^[\t -~]*$/.test(value) ? [name.toLowerCase(), value] : undefined;
  } catch {
    return undefined; // a percent sign without its digits
  }
}

function sampledShare(): Setting<number> {
  return {
    doc: 'Share of the traces that begin here and are recorded, from 0 to 1; a caller’s own trace is recorded where the caller records it',
    example: '0.1',
    secret: false,
    defaultText: '`1`',
    fallback: 1,
    parse: (value) => {
      const share = /^[0-9]*[.]?[0-9]+$/.test(value) ? Number(value) : Number.NaN;
      return share >= 0 && share <= 1 ? { value: share } : { fault: 'is no number from 0 to 1' };
    },
  };
}
