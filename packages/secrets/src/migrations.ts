import { fileURLToPath } from 'node:url';

/** The table `secrets` in the owning service's schema, for `migrate` of `@odst/postgres`. */
export const secretsMigrations: { readonly name: string; readonly directory: string } = {
  name: 'secrets',
  directory: fileURLToPath(new URL('../migrations', import.meta.url)),
};
