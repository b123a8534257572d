import { type Server, ServerServiceService } from '@odst/contracts/registration';
import type { ServiceConnection } from '@odst/grpc';
import { printable } from '@odst/kernel';
import type { ServerContext } from '@odst/service-host';
import { blobFoldersOf } from '@odst/storage';
import type { StandaloneSettings } from './definitions.ts';

/** What an admin wants to know of a server that starts: in the log the key, on a terminal the words before the value. */
const topics = {
  server: 'server',
  publicUrl: 'public URL',
  warning: 'warning',
  address: 'address',
  dataDir: 'data folder',
  packages: 'packages',
  database: 'database',
  events: 'events',
  bus: 'event bus',
} as const;

type Facts = { readonly [Topic in keyof typeof topics]?: string | undefined };

/**
 * Tells once at the start who this server is and what it runs on: a line each for a person, one log line for a program.
 * A server starts all the same when that cannot be told.
 */
export async function reportStart(
  { settings, logger, logFormat }: ServerContext<StandaloneSettings>,
  {
    registration,
    ...known
  }: { readonly address: string | undefined; readonly dataDir: string; readonly registration: ServiceConnection },
): Promise<void> {
  let facts: Facts;
  try {
    const client = registration.client(ServerServiceService);
    const [{ server }, { warnings }] = await Promise.all([client.getServer({}), client.checkUrl({})]);
    facts = factsOf(settings, known, server);
    if (warnings.length > 0) facts = { ...facts, warning: warnings.join('; ') };
  } catch (error) {
    return logger.warn({ err: error }, 'what the server runs on could not be told');
  }
  if (logFormat === 'json') return logger.info(facts, 'serving');
  const width = Math.max(...Object.values(topics).map((words) => words.length));
  for (const [topic, words] of Object.entries(topics)) {
    const value = facts[topic as keyof Facts];
    if (value !== undefined) process.stderr.write(`  ${words.padEnd(width)}  ${printable(value)}\n`);
  }
}

function factsOf(settings: StandaloneSettings, known: Pick<Facts, 'address' | 'dataDir'>, server: Server | undefined): Facts {
  const { DATABASE_URL: database, EVENTSTORE_URL: events, KAFKA_BROKERS: brokers } = settings;
  return {
    ...(server && { server: `${server.name}, stage ${server.stage}` }),
    // The settings give its first value only.
    publicUrl: server?.url || 'none; other servers need one: set ODST_PUBLIC_URL at the first start, or the Admin API later',
    ...known,
    ...(settings.BLOB_STORE !== undefined && { packages: blobFoldersOf(settings).blobsDir }),
    database: database === undefined ? 'PostgreSQL, embedded, in the data folder' : `PostgreSQL at ${placeOf(database)}`,
    ...(events !== undefined && { events: `EventStoreDB at ${placeOf(events)}` }),
    bus: brokers.length === 0 ? 'in the database' : `Kafka at ${brokers.join(', ')}`,
  };
}

/**
 * Where a URL leads, without user, password and parameters. It is cut as text: what names several hosts is no URL to `new URL`.
 * One that could have a part of a password anywhere else is not shown at all.
 */
export function placeOf(url: string): string {
  const [, hosts = '', path = '', query = ''] = /^[^:]+:[/][/](?:[^/?#]*@)?([^@/?#]*)([^@?#]*)([^@]*)$/.exec(url) ?? [];
  const where = hosts || new URLSearchParams(query.split('#')[0]).get('host');
  if (where) return `${decoded(where)}${path}`;
  return path === '' ? 'the place that the setting names' : `the system’s socket${path}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Only a host that no system has is written so.
    return text;
  }
}
