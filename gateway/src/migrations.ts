import { fileURLToPath } from 'node:url';

/** The gateway's part of its schema, for `migrate` of `@odst/postgres`. */
export const gatewayMigrations: { readonly name: string; readonly directory: string } = {
  name: 'gateway',
  directory: fileURLToPath(new URL('../migrations', import.meta.url)),
};
