import { OdstError } from '@odst/kernel';
import { escapeIdentifier, execute, queryRows } from '@odst/postgres';
import type { Projection, ProjectionTransaction } from '../projection.ts';

/** The schema of the tables beside the live ones. */
export function besideSchema(schema: string, name: string): string {
  return `${schema}_rebuild_${name}`;
}

/** What a rebuild would lose, as it belongs to one table and not to another that takes its place; by table. */
const refusals = `
  SELECT c.relname AS name, CASE
    WHEN EXISTS (SELECT FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
        WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid)
      OR EXISTS (SELECT FROM pg_attrdef a JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = a.oid
        JOIN pg_class s ON s.oid = d.refobjid AND s.relkind = 'S' WHERE d.refclassid = 'pg_class'::regclass AND a.adrelid = c.oid)
      -- It counts on in a transaction that is rolled back, so the same events would not give the same rows.
      THEN 'has a sequence'
    WHEN EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal) THEN 'has a trigger'
    WHEN EXISTS (SELECT FROM pg_constraint k WHERE k.contype = 'f' AND c.oid IN (k.conrelid, k.confrelid)) THEN 'has a foreign key'
    WHEN EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
        AND d.refobjid = c.oid) THEN 'is read by a view'
  END AS refusal
  FROM pg_class c WHERE c.oid = ANY ($1::regclass[])`;

/** Columns, checks and indexes of a table, equal for two tables that differ in their schema only. */
const shape = `
  SELECT concat_ws(E'\\n',
    (SELECT string_agg(concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attcollation, a.attnotnull, a.attgenerated,
        pg_get_expr(d.adbin, d.adrelid)), E'\\n' ORDER BY a.attname)
      FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped),
    (SELECT string_agg(concat_ws(' ', k.conname, pg_get_constraintdef(k.oid)), E'\\n' ORDER BY k.conname)
      FROM pg_constraint k WHERE k.conrelid = $1::regclass AND k.contype = 'c'),
    (SELECT string_agg(concat_ws(' ', n.relname, i.indisunique, i.indisprimary, n.relam, i.indclass, pg_get_expr(i.indpred, i.indrelid),
        (SELECT string_agg(pg_get_indexdef(i.indexrelid, k, true), ', ' ORDER BY k) FROM generate_series(1, i.indnatts) k)),
        E'\\n' ORDER BY n.relname)
      FROM pg_index i JOIN pg_class n ON n.oid = i.indexrelid WHERE i.indrelid = $1::regclass)) AS shape`;

const qualified = (schema: string, table: string): string => `${escapeIdentifier(schema)}.${escapeIdentifier(table)}`;

/**
 * Makes empty tables beside the live ones, in the place of those of a rebuild that was broken off.
 * @throws OdstError COMMON_PROJECTION_HELD when others cannot take the place of the live ones
 * @throws Error when the projection's tables are not those that a migration marks as its own
 */
export async function beginRebuild(transaction: ProjectionTransaction, schema: string, projection: Projection): Promise<void> {
  const { name, tables = [] } = projection;
  const live = tables.map((table) => qualified(schema, table));
  const checked = await queryRows<{ name: string; refusal: string | null }>(transaction, refusals, [live]);
  for (const { name: table, refusal } of checked) {
    if (refusal === null) continue;
    const message = `the table ${table} ${refusal}, so another cannot take its place`;
    throw new OdstError('COMMON_PROJECTION_HELD', message, { projection: name, table });
  }
  const text = 'SELECT begin_projection_rebuild($1) AS names';
  const [begun] = await queryRows<{ names: readonly string[] | null }>(transaction, text, [name]);
  const marked = [...(begun?.names ?? [])].sort().join(', ');
  const own = [...tables].sort().join(', ');
  if (marked !== own || own === '')
    throw new Error(`the projection ${name} writes the tables (${own}); migrations mark (${marked}) as its own`);
}

/**
 * Puts the tables beside the live ones in their place.
 * @param lockTimeoutMs how long readers may wait for it
 * @throws OdstError COMMON_INTERNAL of SQLSTATE 55P03 when a reader does not end in that time
 */
export async function switchTables(
  transaction: ProjectionTransaction,
  schema: string,
  { name, tables = [] }: Projection,
  lockTimeoutMs: number,
): Promise<void> {
  const live = tables.map((table) => qualified(schema, table));
  await execute(transaction, `SET LOCAL lock_timeout = ${lockTimeoutMs}`);
  await execute(transaction, `LOCK TABLE ${live.join(', ')} IN ACCESS EXCLUSIVE MODE`);
  for (const table of tables) {
    const before = await shapeOf(transaction, qualified(schema, table));
    const after = await shapeOf(transaction, qualified(besideSchema(schema, name), table));
    if (before !== after) throw new Error(`the table ${table} was changed while it was rebuilt: rebuild it again`);
  }
  await execute(transaction, 'SELECT switch_projection_rebuild($1)', [name]);
}

async function shapeOf(transaction: ProjectionTransaction, table: string): Promise<string | undefined> {
  const [row] = await queryRows<{ shape: string }>(transaction, shape, [table]);
  return row?.shape;
}
