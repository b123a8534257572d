import { OdstError } from '@odst/kernel';
import pg from 'pg';

/**
 * Lets a schema's name into SQL texts.
 * @throws OdstError COMMON_SETTING_INVALID unless it is a lower-case name of at most 40 characters
 */
export function checkedSchema(schema: string): string {
  if (/^[a-z_][a-z0-9_]{0,39}$/.test(schema)) return schema;
  throw new OdstError('COMMON_SETTING_INVALID', `${JSON.stringify(schema)} is no name of a schema; use one such as catalog`);
}

/** Quotes any name of a schema, table, column or role for a text of SQL. */
export function escapeIdentifier(name: string): string {
  return pg.escapeIdentifier(name);
}
