import { readFileSync } from 'node:fs';
import { OdstError } from '@odst/kernel';
import { type ServerSettings, serverSettings } from './server-settings.ts';

/** The settings that name a file whose content is needed at the start. */
export type FileSetting = 'KAFKA_TLS_CA' | 'KAFKA_TLS_CERT' | 'KAFKA_TLS_KEY' | 'ODST_TLS_CERT' | 'ODST_TLS_KEY' | 'ODST_PEER_CA';

/**
 * Content of the file that a setting names; undefined when the setting is missing.
 * @throws OdstError COMMON_SETTING_INVALID: one line with the variable, why the file cannot be read, and an example
 */
export function readSettingFile<Name extends FileSetting>(settings: Pick<ServerSettings, Name>, name: Name): string | undefined {
  const path: string | undefined = settings[name];
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw fileFault(name, `${path} cannot be read (${reason})`, cause);
  }
}

/** What is wrong with the file that a setting names, in one line. @param fault completes "ODST_TLS_CERT: …" */
export function fileFault(name: FileSetting, fault: string, cause?: unknown): OdstError {
  const message = `${name}: ${fault}; example: ${name}=${serverSettings[name].example}`;
  return new OdstError('COMMON_SETTING_INVALID', message, {}, { cause });
}
