import { OdstError } from '@odst/kernel';
import type { ServerSettings } from '@odst/service-host';

/** What catalog's own process needs of the settings. */
export type CatalogConfig = {
  /** URL of the database's owner. A secret. */
  readonly databaseUrl: string;
  /** The secret that the processes share. */
  readonly internalToken: string;
  /** Where gRPC is served. */
  readonly address: string;
  readonly healthHost: string;
  readonly healthPort: number;
  readonly registrationAddress: string;
  readonly storageAddress: string;
  readonly allowedExtensions: readonly string[];
};

/** @throws OdstError COMMON_SETTING_INVALID for what a process of its own cannot do without */
export function catalogConfigOf(settings: ServerSettings): CatalogConfig {
  return {
    databaseUrl: required('DATABASE_URL', settings.DATABASE_URL, 'postgres://odst:password@db.example.org/odst'),
    internalToken: required('ODST_INTERNAL_TOKEN', settings.ODST_INTERNAL_TOKEN, '$(openssl rand -base64 32)'),
    address: `${inUrl(settings.ODST_HOST)}:${settings.ODST_GRPC_PORT}`,
    healthHost: settings.ODST_HOST,
    healthPort: settings.ODST_HEALTH_PORT,
    registrationAddress: settings.REGISTRATION_ADDRESS,
    storageAddress: settings.STORAGE_ADDRESS,
    allowedExtensions: settings.ODST_ALLOWED_EXTENSIONS,
  };
}

function required(name: string, value: string | undefined, example: string): string {
  if (value !== undefined) return value;
  throw new OdstError('COMMON_SETTING_INVALID', `${name} is missing; a service of its own needs it. Example: ${name}=${example}`);
}

function inUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
