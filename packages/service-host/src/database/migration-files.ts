import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One step of a schema. */
export type MigrationFile = {
  /** `0001-name.sql` */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the text in hex; line ends of another system do not count. */
  readonly checksum: string;
};

/** The `0001-name.sql` files of a folder in their order; other files are left alone. */
export async function readMigrationFiles(directory: string): Promise<readonly MigrationFile[]> {
  const names = (await readdir(directory)).filter((name) => /^\d{4}-[a-z0-9-]+\.sql$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = (await readFile(join(directory, name), 'utf8')).replaceAll('\r\n', '\n');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}
