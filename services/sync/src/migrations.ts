import { fileURLToPath } from 'node:url';

/** Folder of sync's own migrations: plain SQL, run in order of name with `search_path` set to sync's schema. */
export const syncMigrations: string = fileURLToPath(new URL('../migrations', import.meta.url));
