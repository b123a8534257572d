import { readFileSync } from 'node:fs';
import { OdstError } from '@odst/kernel';

/**
 * Reads a file of `KEY=value` lines. Lines that begin with `#` and empty ones are skipped; a value may stand in quotes.
 * @param known names that may occur: any other is taken for a slip of the pen
 * @throws OdstError COMMON_SETTING_INVALID with file and line; the value is never shown
 */
export function readSettingsFile(path: string, known: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [index, line] of contentOf(path).split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue;
    const [, name = '', value = ''] = /^\s*([A-Z][A-Z0-9_]*)\s*=(.*)$/.exec(line) ?? [];
    const where = `ODS_CONF: line ${index + 1} of ${path}`;
    if (name === '')
      throw new OdstError('COMMON_SETTING_INVALID', `${where} is not of the form KEY=value; example: ODST_PORT=8080`);
    if (!known.includes(name))
      throw new OdstError('COMMON_SETTING_INVALID', `${where}: there is no setting ${name}; example: ODST_PORT=8080`);
    found[name] = unquoted(value.trim());
  }
  return found;
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new OdstError(
      'COMMON_SETTING_INVALID',
      `ODS_CONF: ${path} cannot be read (${reason}); example: ODS_CONF=/etc/ods.conf`,
      {},
      { cause },
    );
  }
}

function unquoted(value: string): string {
  const [, inside] = /^(?:"(.*)"|'(.*)')$/.exec(value)?.filter((group) => group !== undefined) ?? [];
  return inside ?? value;
}
