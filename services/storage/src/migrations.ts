import { fileURLToPath } from 'node:url';

/** Storage's own migrations: plain SQL, run in order of name with `search_path` set to storage's schema. */
export const storageMigrations: { readonly name: string; readonly directory: string } = {
  name: 'storage',
  directory: fileURLToPath(new URL('../migrations', import.meta.url)),
};
