import { OdstError } from '@odst/kernel';
import { type ServerSettings, serverSettings } from './server-settings.ts';

/**
 * The value of a setting that may be missing in general, but not for the one who asks.
 * @param who begins the sentence "… needs it"
 * @throws OdstError COMMON_SETTING_INVALID: one line with the variable and an example
 */
export function requireSetting<Name extends keyof ServerSettings>(
  settings: Pick<ServerSettings, Name>,
  name: Name,
  who: string,
): NonNullable<ServerSettings[Name]> {
  return settings[name] ?? refuse(name, who);
}

function refuse(name: keyof ServerSettings, who: string): never {
  const example = `${name}=${serverSettings[name].example}`;
  throw new OdstError('COMMON_SETTING_INVALID', `${name} is missing: ${who} needs it; example: ${example}`);
}
