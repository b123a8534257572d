import { OdstError } from '@odst/kernel';

/**
 * Lets a schema's name into SQL texts.
 * @throws OdstError COMMON_SETTING_INVALID unless it is a lower-case name of at most 40 characters
 */
export function checkedSchema(schema: string): string {
  if (/^[a-z_][a-z0-9_]{0,39}$/.test(schema)) return schema;
  throw new OdstError('COMMON_SETTING_INVALID', `${JSON.stringify(schema)} is no name of a schema; use one such as catalog`);
}
