import { fileURLToPath } from 'node:url';

/** Folder of the store's migrations: plain SQL, run in order of name with `search_path` set to the service's schema. */
export const eventStoreMigrations: string = fileURLToPath(new URL('../migrations', import.meta.url));
