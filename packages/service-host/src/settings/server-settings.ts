import { BlockList, isIP } from 'node:net';
import { kafkaSettings } from './kafka-settings.ts';
import { type Environment, readSettings } from './read-settings.ts';
import type { Parsed, Setting, SettingsOf } from './setting.ts';
import { choice, flag, host, keys, list, path, port, postgresUrl, webUrl } from './setting-kinds.ts';
import { tlsSettings } from './tls-settings.ts';
import { traceSettings } from './trace-settings.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

const keyExample = '$(openssl rand -base64 32)';

/** Every setting that is of no single service. `docs/reference/settings.md` is generated from it and from the services' definitions. */
export const serverSettings = {
  ODST_HOST: host({
    doc: 'Address that the listeners bind to; `0.0.0.0` or `::` for all. Peers then need `ODST_PUBLIC_URL`',
    default: '127.0.0.1',
    example: '0.0.0.0',
  }),
  ODST_PORT: port({ doc: 'Port of the gateway: web pages, API, packages. 0 takes any free one', default: 8080, example: '8080' }),
  ODST_DATA_DIR: path({
    doc: 'Folder of a standalone server: database, packages, keys',
    default: './.odst',
    defaultText: '`./.odst`',
    example: '/var/lib/odst',
  }),
  ODST_PUBLIC_URL: webUrl({
    doc: 'First value of the URL under which peers and clients reach this server, plain http on loopback and private addresses only; later the Admin page rules',
    default: undefined,
    defaultText:
      '`http://ODST_HOST:ODST_PORT`, `https://…` with `ODST_TLS_CERT`; none where `ODST_HOST` stands for all addresses, or is a public one without TLS',
    example: 'https://ods.example.org',
  }),
  ...tlsSettings,
  ODS_CONF: path({
    doc: 'File of `KEY=value` lines for any of these settings; the environment wins',
    default: undefined,
    example: '/etc/ods.conf',
  }),
  DATABASE_URL: postgresUrl({
    doc: 'PostgreSQL 15 or newer, as a role that may create schemas and roles; embedded when missing',
    default: undefined,
    defaultText: 'embedded',
    example: 'postgres://odst:password@db.example.org/odst',
  }),
  EVENTSTORE_URL: eventStoreUrl(),
  EVENTSTORE_STREAM_PREFIX: eventStoreStreamPrefix(),
  ...kafkaSettings,
  DATABASE_KEY: keys({
    doc: 'Encrypts secrets in the database; 32 bytes in base64, several with commas while they are changed, the newest first. A wrong one is refused at start',
    default: undefined,
    defaultText: 'made once, in the data directory',
    example: keyExample,
  }),
  ODST_ALLOWED_EXTENSIONS: list({
    doc: 'Endings of file names that may be uploaded, with commas; `*` for all',
    default: ['pkg', 'mpkg', 'dmg', 'zip'],
    parseItem: parseExtension,
    example: 'pkg,dmg,msi',
  }),
  ODST_TRUSTED_PROXIES: list({
    doc: 'Addresses and networks of the proxies whose forwarding headers count, with commas',
    default: [],
    parseItem: parseNetworkRange,
    example: '10.0.0.0/8,192.168.1.4',
  }),
  ODST_INTERNAL_TOKEN: internalToken(),
  ODST_GRPC_PORT: port({ doc: 'Distributed only: gRPC port of this service', default: 50_051, example: '50051' }),
  ODST_HEALTH_PORT: port({
    doc: 'Distributed only: HTTP port of `/healthz`, `/readyz` and `/metrics` of this service',
    default: 9090,
    example: '9090',
  }),
  ...traceSettings,
  ODST_LOG: choice({
    doc: 'Form of the log: `text` for people, `json` for programs, one object a line',
    of: ['text', 'json'],
    default: undefined,
    defaultText: '`text` where standard output is a terminal, else `json`',
    example: 'json',
  }),
  DEBUG: flag({ doc: 'Verbose log; any value but `0`, `false`, `no`, `off`', default: false, defaultText: 'none', example: '1' }),
} as const;

/** Values of the settings that are of no single service. */
export type ServerSettings = SettingsOf<typeof serverSettings>;

/**
 * Reads the settings that are of no single service.
 * @throws OdstError COMMON_SETTING_INVALID: one line with the variable, its fault and an example
 */
export function readServerSettings(environment: Environment): ServerSettings {
  return readSettings(serverSettings, environment);
}

/**
 * The server's own URL at its first start: the one that was set, or that of the listener; undefined when the
 * listener is bound to all addresses or to any free port, for then nobody knows where peers reach it.
 * @param boundPort port of the listener; of interest where ODST_PORT is 0
 */
export function publicUrlOf(settings: ServerSettings, boundPort: number = settings.ODST_PORT): string | undefined {
  if (settings.ODST_PUBLIC_URL !== undefined) return settings.ODST_PUBLIC_URL;
  if (boundPort === 0 || ['0.0.0.0', '::', '0:0:0:0:0:0:0:0'].includes(settings.ODST_HOST)) return undefined;
  const scheme = settings.ODST_TLS_CERT === undefined ? 'http' : 'https';
  return `${scheme}://${hostAndPort(settings.ODST_HOST, boundPort)}`;
}

/** Whether the server is meant for its own machine alone: its URL, as `publicUrlOf` gives it, names a loopback address. */
export function isLocalOnly(settings: ServerSettings): boolean {
  const url = publicUrlOf(settings);
  return url !== undefined && isLoopbackHost(new URL(url).hostname.replace(/^\[|\]$/g, ''));
}

/**
 * Whether other servers may be on this machine: where this one listens on loopback alone, or its URL is a loopback one. A server for others
 * has nothing to call there, but programs that trust whoever is on the machine.
 */
export function hasLocalPeers(settings: ServerSettings): boolean {
  return isLoopbackHost(settings.ODST_HOST) || isLocalOnly(settings);
}

function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || (isIP(host) !== 0 && loopback.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4'));
}

/** A listener's address as gRPC and URLs write it: IPv6 in brackets. */
export function hostAndPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Where events are kept, if not in PostgreSQL: for `openBackbone`. */
export function eventStoreOf(
  settings: Pick<ServerSettings, 'EVENTSTORE_URL' | 'EVENTSTORE_STREAM_PREFIX'>,
): { readonly url: string; readonly streamPrefix: string } | undefined {
  const { EVENTSTORE_URL: url, EVENTSTORE_STREAM_PREFIX: streamPrefix } = settings;
  return url === undefined ? undefined : { url, streamPrefix };
}

function eventStoreUrl(): Setting<string | undefined> {
  return {
    doc: 'EventStoreDB 20.10 or newer for the events; PostgreSQL keeps the rest. Chosen before the first start: events are not moved',
    example: 'esdb://odst:password@events.example.org:2113?tls=true',
    secret: true,
    defaultText: 'events in PostgreSQL',
    fallback: undefined,
    parse: (value) =>
      /^esdb([+]discover)?:[/][/][^/\s]+/.test(value) ? { value } : { fault: 'is no esdb:// or esdb+discover:// URL' },
  };
}

function eventStoreStreamPrefix(): Setting<string> {
  return {
    doc: 'First part of the names of the streams in EventStoreDB, so that several servers can share one: letters, digits and `_`, at most 40',
    example: 'odst_berlin',
    secret: false,
    defaultText: '`odst`',
    fallback: 'odst',
    parse: (value) =>
      /^[a-z0-9_]{1,40}$/i.test(value) ? { value } : { fault: 'is no name of letters, digits and _, at most 40' },
  };
}

function internalToken(): Setting<string | undefined> {
  return {
    doc: 'Distributed only: secret that the services share, at least 32 characters; from it each derives the proof of who calls',
    example: keyExample,
    secret: true,
    defaultText: 'none',
    fallback: undefined,
    parse: (value) => (value.length >= 32 ? { value } : { fault: 'is shorter than 32 characters' }),
  };
}

function parseExtension(item: string): Parsed<string> {
  const extension = item.replace(/^\./, '').toLowerCase();
  return extension === '*' || /^[a-z0-9_-]+$/.test(extension)
    ? { value: extension }
    : { fault: 'has an item that is no file name extension' };
}

/** Checks an IP address or a network as `10.0.0.0/8`. */
function parseNetworkRange(item: string): Parsed<string> {
  const [network = '', bits, ...rest] = item.split('/');
  const family = isIP(network);
  const maxBits = family === 4 ? 32 : 128;
  const bitsFit = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= maxBits);
  return family !== 0 && bitsFit && rest.length === 0
    ? { value: item }
    : { fault: 'has an item that is no IP address or network' };
}
