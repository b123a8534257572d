import { isIP } from 'node:net';
import { readServiceSettings, type SettingsOfServices } from '@odst/backbone';
import { catalogDefinition } from '@odst/catalog';
import { gatewayDefinition } from '@odst/gateway';
import { isPrivate, registrationDefinition } from '@odst/registration';
import { type Environment, publicUrlOf } from '@odst/service-host';
import { storageDefinition } from '@odst/storage';
import { syncDefinition } from '@odst/sync';

/** The services of a standalone server, in any order. A new one is added here. */
export const definitions = [
  registrationDefinition,
  catalogDefinition,
  storageDefinition,
  syncDefinition,
  gatewayDefinition,
] as const;

/** Values of the settings of all of them. */
export type StandaloneSettings = SettingsOfServices<typeof definitions>;

/** Reads the settings of all of them. @throws OdstError COMMON_SETTING_INVALID: one line with the variable, its fault and an example */
export function readStandaloneSettings(environment: Environment): StandaloneSettings {
  return readServiceSettings(definitions, environment);
}

/**
 * The server's own URL at its first start; undefined where nobody knows one. That of a listener at a public address is no URL that other
 * servers take, unless it speaks TLS: where none is set, the server starts without one.
 */
export function firstUrlOf(settings: StandaloneSettings): string | undefined {
  const { ODST_PUBLIC_URL: url, ODST_HOST: host, ODST_TLS_CERT: certificate } = settings;
  const isRefused = url === undefined && certificate === undefined && isIP(host) !== 0 && !isPrivate(host);
  return isRefused ? undefined : publicUrlOf(settings);
}
