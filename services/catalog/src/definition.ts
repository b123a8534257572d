import { defineService } from '@odst/backbone';
import { startCatalog } from './service.ts';

/** Catalog: packages, merged the same way everywhere. */
export const catalogDefinition = defineService({
  name: 'catalog',
  migrations: new URL('../migrations', import.meta.url),
  needs: ['registration', 'storage'],
  start: (runtime, settings) => startCatalog({ ...runtime, allowedExtensions: settings.ODST_ALLOWED_EXTENSIONS }),
});
