import { fileURLToPath } from 'node:url';

/** Folder of the gateway's own migrations: plain SQL, run in order of name with `search_path` set to its schema. */
export const gatewayMigrations: string = fileURLToPath(new URL('../migrations', import.meta.url));
