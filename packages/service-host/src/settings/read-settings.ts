import { OdstError } from '@odst/kernel';
import { readSettingsFile } from './file-settings.ts';
import type { SettingsOf, SettingsSpec } from './setting.ts';

/** Variables as a process gets them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the declared settings from the environment, and from the file that `ODS_CONF` names for those that the
 * environment leaves out. An empty value is a missing one.
 * @param allowed names that the file may have; those of other processes, which share it, are not looked at. Default the declared ones
 * @throws OdstError COMMON_SETTING_INVALID: one line with the variable, its fault and an example
 */
export function readSettings<Spec extends SettingsSpec>(
  spec: Spec,
  environment: Environment,
  allowed: readonly string[] = Object.keys(spec),
): SettingsOf<Spec> {
  const file = environment['ODS_CONF']?.trim() ?? '';
  const fromFile = file === '' ? {} : readSettingsFile(file, allowed);
  const entries = Object.entries(spec).map(([name, declared]) => {
    const given = environment[name]?.trim() ?? '';
    const text = given === '' ? (fromFile[name] ?? '') : given;
    if (text === '') return [name, declared.fallback];
    const parsed = declared.parse(text);
    if ('value' in parsed) return [name, parsed.value];
    const shown = declared.secret ? 'the value' : JSON.stringify(text);
    const origin = given === '' ? ` (in ${file})` : '';
    throw new OdstError(
      'COMMON_SETTING_INVALID',
      `${name}: ${shown}${origin} ${parsed.fault}; example: ${name}=${declared.example}`,
    );
  });
  // The entries follow the declaration name by name, which Object.fromEntries cannot express.
  return Object.fromEntries(entries) as SettingsOf<Spec>;
}
