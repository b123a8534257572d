import { defineService } from '@odst/backbone';
import { startSync } from './service.ts';

/** Sync: what to fetch from whom, and when. */
export const syncDefinition = defineService({
  name: 'sync',
  migrations: new URL('../migrations', import.meta.url),
  needs: ['registration', 'catalog', 'storage'],
  start: (runtime) => startSync(runtime),
});
