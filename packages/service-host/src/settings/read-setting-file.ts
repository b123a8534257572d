import { readFileSync } from 'node:fs';
import { OdstError } from '@odst/kernel';
import { type ServerSettings, serverSettings } from './server-settings.ts';

/** The settings that name a file whose content is needed at the start. */
type FileSetting = 'KAFKA_TLS_CA' | 'KAFKA_TLS_CERT' | 'KAFKA_TLS_KEY';

/**
 * Content of the file that a setting names; undefined when the setting is missing.
 * @throws OdstError COMMON_SETTING_INVALID: one line with the variable, why the file cannot be read, and an example
 */
export function readSettingFile(settings: Pick<ServerSettings, FileSetting>, name: FileSetting): string | undefined {
  const path = settings[name];
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    const message = `${name}: ${path} cannot be read (${reason}); example: ${name}=${serverSettings[name].example}`;
    throw new OdstError('COMMON_SETTING_INVALID', message, {}, { cause });
  }
}
