import { fileURLToPath } from 'node:url';

/** The runner's part of a service's schema, for `migrate` of `@odst/postgres`: the table of checkpoints. */
export const projectionMigrations: { readonly name: string; readonly directory: string } = {
  name: 'projections',
  directory: fileURLToPath(new URL('../migrations', import.meta.url)),
};
