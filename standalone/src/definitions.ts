import { readServiceSettings, type SettingsOfServices } from '@odst/backbone';
import { catalogDefinition } from '@odst/catalog';
import { gatewayDefinition } from '@odst/gateway';
import { registrationDefinition } from '@odst/registration';
import type { Environment } from '@odst/service-host';
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
