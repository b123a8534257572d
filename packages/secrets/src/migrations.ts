import { fileURLToPath } from 'node:url';

/** Folder of the migrations of the table `secrets`: plain SQL, run with `search_path` set to the owning service's schema. */
export const secretsMigrations: string = fileURLToPath(new URL('../migrations', import.meta.url));
