import { isDeepStrictEqual } from 'node:util';
import { type CloudEvent, payloadOf, toCloudEvent } from '@odst/event-bus';
import type { DomainEvent, EventCodec, RecordedEvent } from '@odst/event-store';

/** A golden file: its name, as `catalog/PackageUploaded.v1.json`, and the event in it. */
export type Golden = { readonly file: string; readonly event: CloudEvent };

/** What the golden files are held to. */
export type Written = {
  readonly service: string;
  /** Events of the service with the version that is written now. */
  readonly versions: ReadonlyMap<string, number>;
  readonly codec: EventCodec<DomainEvent>;
};

const form = /^(?<service>[a-z]+)\/(?<name>[A-Za-z0-9]+)[.]v(?<version>\d+)(?<older>[.][a-z0-9-]+)?[.]json$/;

/** What is wrong with the golden files of a service; nothing when each version of each event has its file and is read. */
export function goldenProblems(written: Written, goldens: readonly Golden[]): readonly string[] {
  const { service, versions } = written;
  const files = new Set(goldens.map(({ file }) => file));
  const missing = [...versions].flatMap(([name, current]) =>
    Array.from({ length: current }, (_, index) => `${service}/${name}.v${index + 1}.json`)
      .filter((file) => !files.has(file))
      .map((file) => `${file} is missing`),
  );
  return [...missing, ...goldens.flatMap((golden) => problemsOf(written, golden))];
}

function problemsOf({ service, versions, codec }: Written, { file, event }: Golden): readonly string[] {
  const parts = form.exec(file)?.groups;
  const { name = '', version = '', older } = parts ?? {};
  const current = versions.get(name);
  if (parts === undefined || parts['service'] !== service) return [`${file}: no name of a golden file of ${service}`];
  if (current === undefined) return [`${file}: there is no event ${name} any more`];
  if (event.type !== `org.odst.${service}.${name}.v${version}`) return [`${file}: it holds a ${event.type}`];
  let data: unknown;
  try {
    data = codec.encode(codec.decode(payloadOf(event))).data;
  } catch (error) {
    return [`${file}: it is not read: ${String(error)}`];
  }
  if (Number(version) !== current) return [];
  if (older !== undefined) return has(data, event.data) ? [] : [`${file}: what is written now lacks something of it`];
  const republished = toCloudEvent({ service, iss: event.source.replace(/^.*:/, '') }, recordedOf(event, data));
  return isDeepStrictEqual(republished, event) ? [] : [`${file}: today this would be written: ${JSON.stringify(republished)}`];
}

/** The event as it lay in the store, with a payload as it is written today. */
function recordedOf(event: CloudEvent, data: unknown): RecordedEvent {
  const { type, schemaVersion } = payloadOf(event);
  return {
    id: event.id,
    type,
    schemaVersion,
    stream: event.subject,
    version: 1,
    position: BigInt(event.sequence),
    data: data as RecordedEvent['data'],
    recordedAt: new Date(event.time),
    metadata: {
      actor: event.actor,
      remoteAddress: '',
      commandId: '',
      correlationId: event.correlationid,
      causationId: event.causationid ?? '',
      traceparent: event.traceparent ?? '',
    },
  };
}

/** Whether a JSON value has all that another one has. */
function has(value: unknown, part: unknown): boolean {
  if (typeof part !== 'object' || part === null) return value === part;
  if (typeof value !== 'object' || value === null || Array.isArray(value) !== Array.isArray(part)) return false;
  if (Array.isArray(part) && part.length !== (value as unknown[]).length) return false;
  return Object.entries(part).every(([key, inner]) => has((value as Readonly<Record<string, unknown>>)[key], inner));
}
