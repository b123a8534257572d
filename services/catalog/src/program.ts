import type { ServiceProgram } from '@odst/backbone';
import { catalogMigrations, startCatalog } from './service.ts';

/** Catalog as a process of its own. */
export const catalogProgram: ServiceProgram = {
  service: 'catalog',
  migrations: [catalogMigrations],
  start: (deps) => startCatalog({ ...deps, allowedExtensions: deps.settings.ODST_ALLOWED_EXTENSIONS }),
};
