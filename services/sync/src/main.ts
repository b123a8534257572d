import { startServiceProcess } from '@odst/backbone';
import { requireNode24, runServer } from '@odst/service-host';
import { syncMigrations } from './migrations.ts';
import { startSync } from './service.ts';

requireNode24();
await runServer({
  name: 'sync',
  start: startServiceProcess({ service: 'sync', migrations: [syncMigrations], start: startSync }),
});
