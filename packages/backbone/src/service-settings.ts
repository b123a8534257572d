import { calledServices, type ServiceName, serviceSettingNames } from '@odst/contracts/services';
import { OdstError } from '@odst/kernel';
import {
  address,
  type Environment,
  readSettings,
  type ServerSettings,
  type Setting,
  type SettingsOf,
  type SettingsSpec,
  serverSettings,
} from '@odst/service-host';
import type { ServiceDefinition } from './define-service.ts';

const addressSettingOf = (service: ServiceName): string => `${service.toUpperCase()}_ADDRESS`;

const addressSettings: Readonly<Record<string, Setting<string>>> = Object.fromEntries(
  calledServices.map((service) => {
    const example = `${service}:50051`;
    const doc = `Distributed only: gRPC address of the ${service} service`;
    return [addressSettingOf(service), address({ doc, default: example, example })];
  }),
);

/** Settings that every process reads: the server's, and where the services are. */
export const commonSettings: SettingsSpec = { ...serverSettings, ...addressSettings };

/** Name of every setting that there is, those of every service too. A process allows them all in the file of `ODS_CONF`. */
export const settingNames: readonly string[] = [...Object.keys(commonSettings), ...serviceSettingNames];

type All<Union> = (Union extends unknown ? (each: Union) => void : never) extends (all: infer Each) => void ? Each : never;

/** Values of the settings of a process that runs these services. */
export type SettingsOfServices<Definitions extends readonly ServiceDefinition[]> = ServerSettings &
  All<{ readonly [Index in keyof Definitions]: SettingsOf<Definitions[Index]['settings']> }[number]>;

/**
 * Reads the settings of a process that runs these services.
 * @throws OdstError COMMON_SETTING_INVALID: one line with the variable, its fault and an example
 */
export function readServiceSettings<const Definitions extends readonly ServiceDefinition[]>(
  definitions: Definitions,
  environment: Environment,
): SettingsOfServices<Definitions> {
  const spec = Object.assign({}, commonSettings, ...definitions.map(({ settings }) => settings)) as SettingsSpec;
  return readSettings(spec, environment, settingNames) as SettingsOfServices<Definitions>;
}

/**
 * gRPC address of a service, where each is a process of its own.
 * @param settings as {@link readServiceSettings} reads them
 * @throws OdstError COMMON_INTERNAL for one that serves no gRPC
 */
export function serviceAddressOf(settings: ServerSettings, target: ServiceName): string {
  const found = (settings as Readonly<Record<string, unknown>>)[addressSettingOf(target)];
  if (typeof found !== 'string') throw new OdstError('COMMON_INTERNAL', `there is no address of ${target}`);
  return found;
}
