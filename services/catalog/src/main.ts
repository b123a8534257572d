import { startServiceProcess } from '@odst/backbone';
import { requireNode24, runServer } from '@odst/service-host';
import { catalogProgram } from './program.ts';

requireNode24();
await runServer({ name: 'catalog', start: startServiceProcess(catalogProgram) });
