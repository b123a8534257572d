import { requireNode24, runServer } from '@odst/service-host';
import { startCatalogProcess } from './start-process.ts';

requireNode24();
await runServer({ name: 'catalog', start: startCatalogProcess });
